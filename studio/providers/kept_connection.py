"""A vendor's HTTP server and a connection to it that is kept ready, for whoever asks one thing at a time.

Must not know what is asked, nor retry a request.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import httpx
from pydantic import JsonValue

from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.tasks import Tasks
from studio.providers import catalog
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.settings import HostedSettings

IDLE_S = 20.0
"""A connection that was used within this time needs no warming; servers close idle ones after 30 s or more."""


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form."""

    fields: Mapping[str, str | Sequence[str]]
    """A name with several values is repeated."""
    files: Mapping[str, tuple[str, bytes, str]]
    """File name, content and content type."""


class KeptConnection:
    """The server that a provider's settings lead to."""

    def __init__(self, settings: HostedSettings) -> None:
        self._settings = settings
        self._server: Endpoint | None = None
        self._http: httpx.AsyncClient | None = None
        self._used_at = 0.0
        self._tasks = Tasks(self._not_warm)

    @property
    def server(self) -> Endpoint:
        """Where it is; known once open."""
        return self._open()[0]

    async def open(self) -> None:
        """Connect by the cheapest request there is, so that a refused key is told now and not in the first turn.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        self._server = await endpoint(self._settings)
        self._http = self._server.http()
        await self._touch()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        await self._tasks.close()
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def warm(self, hung_up: bool = False) -> None:
        """Have a connection ready soon, where there is none any more or it may have been closed for being idle."""
        if hung_up or time.monotonic() - self._used_at > IDLE_S:
            self._used_at = time.monotonic()
            self._tasks.start("connect", self._touch())

    async def post(self, path: str, content: JsonValue | Form) -> httpx.Response:
        """The response as soon as its status is there; whoever asked reads its body, and closes it.

        Raises:
            ProviderError: no answer in time, or a refusal.
        """
        _, http = self._open()
        if isinstance(content, Form):
            request = http.build_request("POST", path, data=content.fields, files=content.files)
            request.read()  # into one piece, else httpx sends each line of the form by itself
        else:
            request = http.build_request("POST", path, json=content)
        return await self._send(request)

    async def read(self, response: httpx.Response) -> bytes:
        """The whole body.

        Raises:
            ProviderError: it does not come in time, or breaks off.
        """
        async with self.server.patience(self._settings.stall_timeout_s), aclosing(response):
            return await response.aread()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        self._used_at = time.monotonic()
        server, http = self._open()
        return await server.send(http, request, self._settings.answer_timeout_s)

    async def _touch(self) -> None:
        _, http = self._open()
        check = catalog.provider(self._settings.provider).check or "/models"
        try:
            await self.read(await self._send(http.build_request("GET", check.lstrip("/"))))
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:  # a small server may have no such list
                raise

    def _not_warm(self, _task: str, _error: Exception) -> None:
        """Whoever asks next connects by itself, and is told what is wrong."""

    def _open(self) -> tuple[Endpoint, httpx.AsyncClient]:
        if self._server is None or self._http is None:
            raise RuntimeError("a connection is used before open() or after close()")
        return self._server, self._http
