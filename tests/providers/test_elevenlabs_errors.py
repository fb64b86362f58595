import pytest

from studio.model.errors import ErrorCategory
from studio.providers.elevenlabs_errors import reported
from studio.providers.settings import HostedSettings

SETTINGS = HostedSettings(model="m", provider="elevenlabs")


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("auth_error", ErrorCategory.AUTHENTICATION),
        ("quota_exceeded", ErrorCategory.QUOTA),
        ("rate_limited", ErrorCategory.RATE_LIMIT),
        ("commit_throttled", ErrorCategory.RATE_LIMIT),
        ("max_active_conversations", ErrorCategory.CONNECTION),
        ("input_error", ErrorCategory.INVALID_REQUEST),
        ("unaccepted_terms", ErrorCategory.INVALID_REQUEST),
        ("voice_not_found", ErrorCategory.INVALID_REQUEST),
        ("session_time_limit_exceeded", ErrorCategory.CONNECTION),
        ("input_timeout_exceeded", ErrorCategory.CONNECTION),
        ("transcriber_error", ErrorCategory.SERVER),
        ("queue_overflow", ErrorCategory.SERVER),
        ("resource_exhausted", ErrorCategory.SERVER),
        ("error", ErrorCategory.SERVER),
        ("something_new", ErrorCategory.SERVER),
    ],
)
def test_an_error_is_told_for_what_it_is(kind: str, category: ErrorCategory) -> None:
    error = reported(kind, "It went\n wrong.", SETTINGS)
    assert error.category is category
    assert kind in str(error)
    assert "\n" not in str(error)


def test_it_says_what_the_vendor_says() -> None:
    assert str(reported("error", "It went\n wrong.", SETTINGS)) == "ElevenLabs reports error: It went wrong."
    assert str(reported("error", None, SETTINGS)) == "ElevenLabs reports error."


@pytest.mark.parametrize(
    ("key_env", "hint"),
    [(None, "check the key in ELEVENLABS_API_KEY"), ("MY_KEY", "check the key in MY_KEY"), ("", "it wants an API key")],
)
def test_a_refused_key_is_named_and_nothing_is_repeated(key_env: str | None, hint: str) -> None:
    error = reported("auth_error", "sk-1234 is no key", SETTINGS.model_copy(update={"key_env": key_env}))
    assert str(error) == f"ElevenLabs refused access (auth_error): {hint}."
