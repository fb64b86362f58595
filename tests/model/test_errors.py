from studio.model.errors import ErrorCategory, ProviderError, StudioError


def test_a_provider_error_is_its_sentence_and_its_category() -> None:
    error = ProviderError("The key was refused.", ErrorCategory.AUTHENTICATION)
    assert isinstance(error, StudioError)
    assert str(error) == "The key was refused."
    assert error.category is ErrorCategory.AUTHENTICATION
