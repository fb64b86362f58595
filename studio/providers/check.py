"""Asks a vendor whether our key is accepted, by the cheapest call there is. Must not know what the key is for."""

import time
from contextlib import aclosing

from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.providers import catalog
from studio.providers.endpoint import endpoint
from studio.providers.settings import HostedSettings


async def check(provider: str, base_url: str = "", key_env: str | None = None) -> float:
    """How long a vendor took to accept the key, in milliseconds, connecting included.

    `base_url` and `key_env` are those of a preset; empty and None: the vendor's own.

    Raises:
        PresetError: there is no such provider, it has closed, or it has no server.
        ProviderError: the key is missing or refused, or the server cannot be reached.
    """
    about = catalog.providers().get(provider)
    if about is None:
        raise PresetError(f"There is no provider {provider!r}; `studio providers list` has those that there are.")
    if about.discontinued is not None:
        raise PresetError(f"{about.title} closed for good on {about.discontinued}; nothing of it can be tested.")
    if not about.hosted:
        raise PresetError(f"{about.title} runs on this machine and wants no key; there is no server to test.")
    settings = HostedSettings(model="", provider=provider, base_url=base_url, key_env=key_env)
    server = await endpoint(settings)
    async with server.http() as http:
        began = time.perf_counter()
        answer = await server.send(http, http.build_request("GET", about.check), settings.answer_timeout_s)
        took_ms = (time.perf_counter() - began) * 1000
        async with server.patience(settings.answer_timeout_s), aclosing(answer):
            await answer.aread()
    try:
        answer.json()
    except ValueError:
        raise ProviderError(
            f"{server.host} did not answer as {about.title} does; check base_url.", ErrorCategory.BROKEN_ANSWER
        ) from None
    return took_ms
