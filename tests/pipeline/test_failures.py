import pytest

from studio.model.errors import AudioFileError, ErrorCategory, ProviderError
from studio.model.terms import Stage
from studio.model.time import Instant
from studio.pipeline.failures import as_known, trouble

REFUSED = ProviderError("The key is wrong.", ErrorCategory.AUTHENTICATION)


@pytest.mark.parametrize(
    ("task", "error", "stage", "sentence", "category"),
    [
        ("think", REFUSED, Stage.LLM, "The key is wrong.", "authentication"),
        ("draft", REFUSED, Stage.TTS, "The key is wrong.", "authentication"),
        ("play", AudioFileError("The disk is full."), Stage.AUDIO, "The disk is full.", "environment"),
        ("judge turn", ValueError("3"), Stage.TURN, "ValueError: 3", "bug"),
        ("something else", ValueError("3"), Stage.AUDIO, "ValueError: 3", "bug"),
    ],
)
def test_what_failed_is_told_in_one_sentence(
    task: str, error: Exception, stage: Stage, sentence: str, category: str
) -> None:
    told = trouble(task, error, Instant(7))
    assert (told.at, told.stage, told.message, told.category) == (7, stage, sentence, category)


def test_a_call_ends_with_an_error_that_is_known() -> None:
    assert as_known(REFUSED) is REFUSED
    assert str(as_known(ValueError("3"))) == "ValueError: 3"
