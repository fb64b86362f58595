"""A vendor's server: its address, its key in a header, and connections to it over HTTP and websockets.

Every failure is a `ProviderError` of one sentence. A key goes into the vendor's own header and nowhere else:
not into addresses, logs or errors, and not along with a redirect. Must not know what is said over a connection.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.clock import real_work
from studio.providers import catalog, keys
from studio.providers.http_errors import refusal, wire_errors
from studio.providers.settings import HostedSettings

_SILENT = logging.getLogger("studio.providers.endpoint.wire")
"""What websockets would log of a handshake holds the key."""
_SILENT.disabled = True

_LARGEST_MESSAGE = 16 << 20

Query = Mapping[str, str | int | float | bool | tuple[str, ...]]
"""What follows a path; a name with several values is repeated."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is reached, and with what."""

    base_url: str
    """http or https, without a slash at its end."""
    key_name: str
    """The name of the key, for errors; empty where none is sent."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of every request, the key's among them."""
    connect_timeout_s: float = 5.0

    @property
    def host(self) -> str:
        """The server's name, for errors."""
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def local(self) -> bool:
        """True for loopback, which no proxy may stand between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def http(self) -> httpx.AsyncClient:
        """A client that keeps its connections; paths are relative to the base URL. Waits are its user's to limit."""
        return httpx.AsyncClient(
            base_url=self.base_url,
            headers=dict(self.headers),
            timeout=httpx.Timeout(None, connect=self.connect_timeout_s),
            limits=httpx.Limits(keepalive_expiry=None),
            trust_env=not self.local,
        )

    def socket_url(self, path: str, query: Query | None = None) -> str:
        """The websocket address of a path; true and false are written as vendors expect them."""
        scheme, place, base, _, _ = urlsplit(self.base_url)
        words = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in (query or {}).items()
        }
        return urlunsplit((scheme.replace("http", "ws"), place, base + path, urlencode(words, doseq=True), ""))

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> ClientConnection:
        """A websocket to `url`, from `socket_url`.

        Raises:
            ProviderError: it cannot be reached, does not answer in time, or refuses.
        """
        opening = _Connect(
            url,
            additional_headers={**self.headers, **(headers or {})},
            open_timeout=self.connect_timeout_s,
            close_timeout=1,
            ping_interval=None,  # a stalled stream is found by its user, who knows what to expect when
            max_size=_LARGEST_MESSAGE,
            max_queue=None,
            compression=None,
            user_agent_header="voice-agent-studio",
            logger=_SILENT,
            proxy=None if self.local else True,
        )
        with self.errors(), real_work():
            return await opening

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Within this, whatever fails on a connection to this server raises a `ProviderError`."""
        try:
            with wire_errors(self.host):
                yield
        except InvalidStatus as error:
            answer = error.response
            body = httpx.Response(
                answer.status_code,
                headers=list(answer.headers.raw_items()),
                content=bytes(answer.body or b""),
                request=httpx.Request("GET", self.base_url),
            )
            raise refusal(body, self.key_name) from None  # the cause would hold the request's headers
        except ConnectionClosed as error:
            raise closed(self.host, error, self.key_name) from None
        except InvalidURI:
            raise ProviderError(
                f"{self.host} cannot be reached by websocket; check base_url.", ErrorCategory.INVALID_REQUEST
            ) from None
        except InvalidHandshake:
            raise ProviderError(
                f"{self.host} did not answer as a websocket server; check base_url.", ErrorCategory.BROKEN_ANSWER
            ) from None
        except OSError as error:
            message = f"Cannot reach {self.host}: {error.strerror or 'no answer'}; check the connection and base_url."
            raise ProviderError(message, ErrorCategory.CONNECTION) from error

    async def send(self, http: httpx.AsyncClient, request: httpx.Request, patience_s: float) -> httpx.Response:
        """The response to a request over `http` as soon as its status is there, its body still to come.

        Raises:
            ProviderError: no answer within `patience_s`, or a refusal.
        """
        connecting: list[str] = []

        async def trace(event: str, _info: object) -> None:
            if event.startswith("connection."):
                connecting.append(event)

        request.extensions["trace"] = trace
        async with self.patience(patience_s):
            try:
                response = await http.send(request, stream=True)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                if connecting:
                    raise
                # The server closed the kept connection just as we used it, and has not read the request.
                response = await http.send(request, stream=True)
            if not response.is_success:
                async with aclosing(response):
                    await response.aread()
        if not response.is_success:
            raise refusal(response, self.key_name)
        return response

    @asynccontextmanager
    async def patience(self, seconds: float | None) -> AsyncIterator[None]:
        """Waiting for this server, at most so long, or without a limit; its failures are `ProviderError`s."""
        with self.errors(), real_work():
            async with asyncio.timeout(seconds):
                yield


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow none: the key would go along."""
        return exc


def closed(host: str, error: ConnectionClosed, key_name: str) -> ProviderError:
    """The error that a closed websocket stands for: vendors say why in codes of 4000 and above, or in words."""
    code = error.rcvd.code if error.rcvd is not None else 1006
    said = " ".join((error.rcvd.reason if error.rcvd is not None else "").split())[:200].rstrip(". ")
    because = f": {said}" if said else ""
    words = said.lower()
    match code:
        case 4001 | 4003 | 1008 | 3000 if code > 4000 or "auth" in words or "key" in words:
            hint = f"check the key in {key_name}" if key_name else "it wants an API key"
            return ProviderError(f"{host} refused access (code {code}): {hint}.", ErrorCategory.AUTHENTICATION)
        case 4029:
            return ProviderError(f"{host} is limiting requests (code {code}).", ErrorCategory.RATE_LIMIT)
        case 4002:
            return ProviderError(f"{host} says the account has no credit left{because}.", ErrorCategory.QUOTA)
        case 1011 | 1012 | 1013 | 1014:
            return ProviderError(f"{host} failed (code {code}){because}; try again.", ErrorCategory.SERVER)
        case 1007 | 1008 | 1009:
            return ProviderError(f"{host} rejected the request (code {code}){because}.", ErrorCategory.INVALID_REQUEST)
        case _:
            return ProviderError(f"{host} dropped the connection{because}; try again.", ErrorCategory.CONNECTION)


async def endpoint(settings: HostedSettings) -> Endpoint:
    """The server that these settings of a catalog's provider lead to, with its key.

    Raises:
        ProviderError: the vendor's own server is asked and there is no key.
    """
    provider = settings.provider
    about = catalog.provider(provider)
    name = settings.key_env if settings.key_env is not None else about.env_key or ""
    key = await asyncio.to_thread(keys.find, name) if name else ""
    ours = settings.base_url.rstrip("/") or about.base_url
    if name and not key and ours == about.base_url and about.key_required:
        raise ProviderError(
            f"{about.title} wants an API key: set {name}, or keep it in the keyring by "
            f"`studio providers key {provider}`; get one at {about.sign_up}.",
            ErrorCategory.AUTHENTICATION,
        )
    header, _, form = about.key_header.partition(": ")
    headers = {**about.headers, **({header: form.format(key=key)} if key else {})}
    scheme, rest = ours.split("://", 1)
    return Endpoint(
        f"{scheme.replace('ws', 'http')}://{rest}", name if key else "", headers, settings.connect_timeout_s
    )
