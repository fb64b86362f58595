"""What Deepgram reports over its sockets: errors of version 1 have a variant, those of version 2 a code.

Must not know what was asked for.
"""

from collections.abc import Mapping
from typing import Any

from studio.model.errors import ErrorCategory, ProviderError

_LONGEST = 200
"""Characters of the vendor's own words that are worth repeating."""


def reported(message: Mapping[str, Any]) -> ProviderError:
    """The error that a message of the type `Error` stands for; the connection is of no more use."""
    code = str(message.get("code") or message.get("variant") or "UNKNOWN")
    words = " ".join(str(message.get("description") or message.get("message") or "").split())[:_LONGEST].rstrip(". ")
    said = f": {words}" if words else ""
    match code.partition("-")[0]:
        case "NET":
            return ProviderError(f"Deepgram hung up (code {code}){said}; try again.", ErrorCategory.CONNECTION)
        case "DATA" | "BIG" | "MESSAGE" | "SchemaError" | "UNPARSABLE_CLIENT_MESSAGE":
            return ProviderError(f"Deepgram rejected the request (code {code}){said}.", ErrorCategory.INVALID_REQUEST)
        case _:
            return ProviderError(f"Deepgram failed (code {code}){said}; try again.", ErrorCategory.SERVER)
