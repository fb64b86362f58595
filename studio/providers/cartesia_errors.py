"""What Cartesia's websockets report, whether they listen or speak, as provider errors.

Must not know what was asked.
"""

from collections.abc import Mapping
from typing import Any

from studio.model.errors import ErrorCategory, ProviderError

_CATEGORIES = {
    401: ErrorCategory.AUTHENTICATION,
    403: ErrorCategory.AUTHENTICATION,
    402: ErrorCategory.QUOTA,
    408: ErrorCategory.TIMEOUT,
    429: ErrorCategory.RATE_LIMIT,
}


def reported(content: Mapping[str, Any]) -> ProviderError:
    """The error in an `error` message, which carries a status as HTTP has them."""
    status = int(content.get("status_code") or 500)
    category = _CATEGORIES.get(status, ErrorCategory.SERVER if status >= 500 else ErrorCategory.INVALID_REQUEST)
    if category is ErrorCategory.AUTHENTICATION:
        return ProviderError(f"Cartesia refused access (status {status}): check the API key.", category)
    title, words = (" ".join(str(content.get(name) or "").split()) for name in ("title", "message"))
    said = ": ".join(part for part in (title, words) if part)[:200].rstrip(". ")
    return ProviderError(f"Cartesia reports: {said or 'an error'} (status {status}).", category)
