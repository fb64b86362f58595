"""What can go wrong, in words a user can act on.

    StudioError                 shown verbatim; exit code 2
    +-- PresetError             a preset file: unknown key, wrong type, unknown provider
    +-- AudioFileError          a recording that cannot be used
    +-- DeviceError             a microphone or speaker that is missing or failed
    +-- WeightsError            model weights missing, damaged or not to be had
    +-- SessionError            a session folder that cannot be read or written
    +-- ProviderError           an engine or vendor failed during a call; has a category

Anything else that reaches the top is a bug of ours and is reported as one.
"""

from enum import StrEnum


class StudioError(Exception):
    """An error whose one sentence says what happened, where, and what to do."""


class PresetError(StudioError):
    """A preset cannot be used."""


class AudioFileError(StudioError):
    """A recording cannot be used as a caller."""


class DeviceError(StudioError):
    """A sound device is missing or failed."""


class WeightsError(StudioError):
    """Model weights are missing, damaged or cannot be fetched."""


class SessionError(StudioError):
    """A session cannot be read or written."""


class ErrorCategory(StrEnum):
    """Why a provider failed."""

    AUTHENTICATION = "authentication"
    QUOTA = "quota"
    INVALID_REQUEST = "invalid_request"
    NOT_INSTALLED = "not_installed"
    RATE_LIMIT = "rate_limit"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    SERVER = "server"
    BROKEN_ANSWER = "broken_answer"


class ProviderError(StudioError):
    """An engine or vendor failed during a call."""

    def __init__(self, message: str, category: ErrorCategory, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.category = category
        self.retry_after_s = retry_after_s
        """How long the vendor asks to wait before trying again, in seconds; None where it does not say."""
