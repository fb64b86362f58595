"""What can go wrong between us and a server over HTTP, as provider errors with one sentence each.

Must not know any vendor's protocol; never repeats a key, nor what a server says about a refused one.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf

import httpx
from httpx_sse import SSEError

from studio.model.errors import ErrorCategory, ProviderError

MESSAGE_LIMIT = 200
"""Characters of a server's own explanation that are worth repeating."""


@contextmanager
def wire_errors(host: str) -> Iterator[None]:
    """Within this, a failing connection to `host` raises a `ProviderError`."""
    try:
        yield
    except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout) as error:
        raise ProviderError(f"{host} did not answer in time; try again.", ErrorCategory.TIMEOUT) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        message = f"Cannot reach {host}: {str(error) or 'no answer'}; check the connection and base_url."
        raise ProviderError(message, ErrorCategory.CONNECTION) from error
    except SSEError as error:
        raise ProviderError(
            f"{host} did not answer with a stream; check base_url.", ErrorCategory.BROKEN_ANSWER
        ) from error
    except httpx.DecodingError as error:
        raise ProviderError(f"{host} sent a damaged answer.", ErrorCategory.BROKEN_ANSWER) from error
    except httpx.TransportError as error:
        raise ProviderError(f"{host} dropped the connection; try again.", ErrorCategory.CONNECTION) from error


def refusal(response: httpx.Response, key_env: str) -> ProviderError:
    """The error that a response with an error status stands for; its body must have been read."""
    host, status = response.url.host, response.status_code
    said = _explanation(response)
    match status:
        case 400 | 401 | 403 if status != 400 or "api key not valid" in said.lower():
            hint = f"check the key in {key_env}" if key_env else "it wants an API key"
            return ProviderError(f"{host} refused access (status {status}): {hint}.", ErrorCategory.AUTHENTICATION)
        case 402:
            return ProviderError(f"{host} says the account has no credit left{said}.", ErrorCategory.QUOTA)
        case 429 if "quota" in said:
            return ProviderError(f"{host} says the account's quota is used up{said}.", ErrorCategory.QUOTA)
        case 429:
            wait_s = retry_after_s(response.headers)
            hint = f"; it asks to wait {wait_s:.3g} s" if wait_s is not None else ""
            return ProviderError(f"{host} is limiting requests{hint}.", ErrorCategory.RATE_LIMIT, wait_s)
        case 408:
            return ProviderError(f"{host} gave up waiting (status 408).", ErrorCategory.TIMEOUT)
        case _ if status >= 500:
            message = f"{host} failed with status {status}{said}; try again."
            return ProviderError(message, ErrorCategory.SERVER, retry_after_s(response.headers))
        case 404:
            return ProviderError(
                f"{host} knows no such model or address (status 404){said}.", ErrorCategory.INVALID_REQUEST
            )
        case _:
            return ProviderError(f"{host} rejected the request (status {status}){said}.", ErrorCategory.INVALID_REQUEST)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long a server asks to wait, in seconds, as a number or a date; None where it gives neither."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            wait_s = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= wait_s < inf:
            return wait_s
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    wait_s = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, wait_s)


def _explanation(response: httpx.Response) -> str:
    """The server's own words as `: words`, on one line; empty where it gave none."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return ""
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error", body) if isinstance(body, dict) else body
    message = (error.get("message") or error.get("err_msg") or "") if isinstance(error, dict) else error
    words = " ".join(str(message).split())[:MESSAGE_LIMIT].rstrip(". ")
    return f": {words}" if words else ""
