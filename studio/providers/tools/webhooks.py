"""Tools behind HTTP addresses: a POST with the arguments as JSON, or a GET with them as its query.

The address is the designer's and nothing that a model writes can change it; redirects are not followed.
Must not know what an answer means.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.model.conversation import Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import Webhook
from studio.providers import keys
from studio.providers.tools.functions import schema_of

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 64 * 1024
"""Bytes; no more are read."""


class Webhooks:
    """Tools of somebody's server (port `Source`)."""

    def __init__(self, webhooks: Sequence[Webhook]) -> None:
        self._webhooks = {webhook.name: webhook for webhook in webhooks}
        self._http: httpx.AsyncClient | None = None

    async def open(self) -> Sequence[Tool]:
        """Their schemas are in the preset; nothing is sent before one is used."""
        if self._webhooks:
            import httpx

            self._http = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=5), follow_redirects=False)
        return [
            Tool(each.name, each.description, schema_of(each.parameters), each.side_effects)
            for each in self._webhooks.values()
        ]

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The server's answer as text; JSON is written as compactly as it goes.

        Raises:
            ProviderError: it cannot be reached, refuses, redirects, or answers too much.
        """
        import httpx

        from studio.providers.http_errors import wire_errors

        webhook, host = self._webhooks[name], urlsplit(self._webhooks[name].url).hostname or ""
        if self._http is None:
            raise RuntimeError("a webhook is used before open() or after close()")
        with wire_errors(host):
            async with self._http.stream(
                webhook.method, webhook.url, headers=_headers(webhook), **_sent(webhook, arguments)
            ) as response:
                body = b""
                pieces = response.aiter_bytes()
                async for piece in pieces:
                    body += piece
                    if len(body) > LARGEST_ANSWER:
                        break
                await response.aclose()
                with suppress(httpx.StreamError):  # ends httpx's nested generators now, not some time
                    await anext(pieces, None)
        if len(body) > LARGEST_ANSWER:
            raise _failed(f"{name} answered more than {LARGEST_ANSWER // 1024} KB")
        if not response.is_success:
            raise _failed(f"{name} failed with status {response.status_code}: {_text(body)[:200]}")
        return _text(body)


def _sent(webhook: Webhook, arguments: Mapping[str, Any]) -> dict[str, Any]:
    if webhook.method == "POST":
        return {"json": dict(arguments)}
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}
    return {"params": words}


def _headers(webhook: Webhook) -> dict[str, str]:
    key = keys.find(webhook.key_env) if webhook.key_env else ""
    return {"Authorization": f"Bearer {key}"} if key else {}


def _text(body: bytes) -> str:
    text = body.decode("utf-8", errors="replace").strip()
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return text


def _failed(sentence: str) -> ProviderError:
    return ProviderError(f"{sentence.rstrip('.: ')}.", ErrorCategory.SERVER)
