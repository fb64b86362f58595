"""What ElevenLabs reports in messages of its websockets, as provider errors with one sentence each.

Must not know which of its services reports it; never repeats what it says about a refused key.
"""

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import catalog
from studio.providers.http_errors import MESSAGE_LIMIT
from studio.providers.settings import HostedSettings

_CATEGORIES = {
    "auth_error": ErrorCategory.AUTHENTICATION,
    "invalid_api_key": ErrorCategory.AUTHENTICATION,
    "unauthorized": ErrorCategory.AUTHENTICATION,
    "quota_exceeded": ErrorCategory.QUOTA,
    "rate_limited": ErrorCategory.RATE_LIMIT,
    "commit_throttled": ErrorCategory.RATE_LIMIT,
    "too_many_concurrent_requests": ErrorCategory.RATE_LIMIT,
    "input_error": ErrorCategory.INVALID_REQUEST,
    "invalid_request": ErrorCategory.INVALID_REQUEST,
    "invalid_input_message": ErrorCategory.INVALID_REQUEST,
    "chunk_size_exceeded": ErrorCategory.INVALID_REQUEST,
    "unaccepted_terms": ErrorCategory.INVALID_REQUEST,
    "voice_not_found": ErrorCategory.INVALID_REQUEST,
    "model_not_found": ErrorCategory.INVALID_REQUEST,
    "input_timeout_exceeded": ErrorCategory.CONNECTION,
    "insufficient_audio_activity": ErrorCategory.CONNECTION,
    "max_active_conversations": ErrorCategory.CONNECTION,
    "session_time_limit_exceeded": ErrorCategory.CONNECTION,
}
"""By the vendor's name for the error; all others are failures of its server. CONNECTION: a new one helps."""


def reported(kind: str, said: object, settings: HostedSettings) -> ProviderError:
    """The error that a message stands for, by the vendor's name for it and its words about it."""
    category = _CATEGORIES.get(kind, ErrorCategory.SERVER)
    if category is ErrorCategory.AUTHENTICATION:
        name = settings.key_env if settings.key_env is not None else catalog.provider(settings.provider).env_key
        hint = f"check the key in {name}" if name else "it wants an API key"
        return ProviderError(f"ElevenLabs refused access ({kind}): {hint}.", category)
    words = " ".join(str(said or "").split())[:MESSAGE_LIMIT].rstrip(". ")
    return ProviderError(f"ElevenLabs reports {kind}{f': {words}' if words else ''}.", category)
