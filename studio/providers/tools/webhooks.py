"""Tools behind HTTP addresses: a POST with the arguments as JSON, or a GET with them as its query.

The address is the designer's and nothing that a model writes can change it; redirects are not followed. What may have
been done is not asked for twice. Must not know what an answer means.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.model.conversation import Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import Webhook
from studio.providers.tools.access import Bearer, bearer, is_here
from studio.providers.tools.arguments import schema_of

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 64 * 1024
"""Bytes; no more are read."""
CONNECTING_S = 5.0


class Webhooks:
    """Tools of somebody's server (port `Source`)."""

    def __init__(self, webhooks: Sequence[Webhook]) -> None:
        self._webhooks = {webhook.name: webhook for webhook in webhooks}
        self._bearers: dict[str, Bearer] = {}
        self._clients: dict[bool, httpx.AsyncClient] = {}
        """For servers on this machine, and for others."""

    async def open(self) -> Sequence[Tool]:
        """Their schemas are in the preset; nothing is sent before one is used.

        Raises:
            ProviderError: a key is missing.
        """
        for each in self._webhooks.values():
            self._bearers[each.name] = await bearer(each.key_env, each.name)
        if self._webhooks:
            import httpx

            patience = httpx.Timeout(None, connect=CONNECTING_S)
            self._clients = {
                here: httpx.AsyncClient(timeout=patience, follow_redirects=False, trust_env=not here)
                for here in (True, False)
            }
        return [
            Tool(each.name, each.description, schema_of(each.parameters), each.side_effects)
            for each in self._webhooks.values()
        ]

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The server's answer as text; JSON is written as compactly as it goes.

        Raises:
            ProviderError: it cannot be reached, refuses, redirects, or answers too much.
        """
        import httpx

        webhook, key = self._webhooks[name], self._bearers[name]
        host = urlsplit(webhook.url).hostname or ""
        headers = {"Accept-Encoding": "identity", "User-Agent": "voice-agent-studio", **key.headers}
        try:
            url, body = _sent(webhook, arguments)
            client = self._clients[is_here(host)]
            async with client.stream(webhook.method, url, headers=headers, json=body) as response:
                answer = await _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.InvalidURL) as error:
            raise ProviderError(f"{name} was not used: {host} cannot be reached.", ErrorCategory.CONNECTION) from error
        except httpx.HTTPError as error:
            unsure = "; whether it was done is not known" if webhook.side_effects else ""
            sentence = f"{name} did not work: {host} dropped the connection{unsure}."
            raise ProviderError(sentence, ErrorCategory.CONNECTION) from error
        if answer is None:
            raise _failed(f"{name} answered more than {LARGEST_ANSWER // 1024} KB", ErrorCategory.BROKEN_ANSWER)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _failed(f"{name} answered in an encoding that was not asked for", ErrorCategory.BROKEN_ANSWER)
        text = key.hidden(_text(answer))
        if not response.is_success:
            status = response.status_code
            raise _failed(f"{name} failed with status {status}: {text[:200]}", _category(status))
        return text


def _sent(webhook: Webhook, arguments: Mapping[str, Any]) -> "tuple[httpx.URL, dict[str, Any] | None]":
    """Where to, and the body."""
    import httpx

    url = httpx.URL(webhook.url)
    if webhook.method == "POST":
        return url, dict(arguments)
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}
    return url.copy_with(params=httpx.QueryParams(words).merge(url.params)), None  # the designer's own words win


async def _read(response: "httpx.Response") -> bytes | None:
    """The body as it was sent; None where it is too large."""
    import httpx

    body = b""
    pieces = response.aiter_raw()
    async for piece in pieces:
        body += piece
        if len(body) > LARGEST_ANSWER:
            break
    await response.aclose()
    with suppress(httpx.StreamError):  # ends httpx's nested generators now, not some time
        await anext(pieces, None)
    return body if len(body) <= LARGEST_ANSWER else None


def _text(body: bytes) -> str:
    text = body.decode("utf-8", errors="replace").strip()
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text


def _category(status: int) -> ErrorCategory:
    match status:
        case 401 | 403:
            return ErrorCategory.AUTHENTICATION
        case 429:
            return ErrorCategory.RATE_LIMIT
        case _ if status < 500:
            return ErrorCategory.INVALID_REQUEST
        case _:
            return ErrorCategory.SERVER


def _failed(sentence: str, category: ErrorCategory) -> ProviderError:
    return ProviderError(f"{sentence.rstrip('.: ')}.", category)
