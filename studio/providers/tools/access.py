"""How the server of a tool is come to: with which key, which must not come back from it, and past which proxy."""

import asyncio
from dataclasses import dataclass, field
from ipaddress import ip_address

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import keys


@dataclass(frozen=True, slots=True)
class Bearer:
    """A key, by its name; an empty name: there is none."""

    name: str = ""
    key: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def hidden(self, text: str) -> str:
        """A server's words without the key, should it repeat it."""
        return text.replace(self.key, f"<{self.name}>") if self.key else text


async def bearer(name: str, tool: str) -> Bearer:
    """The key of that name, for what is called `tool`.

    Raises:
        ProviderError: there is no such key.
    """
    if not name:
        return Bearer()
    key = await asyncio.to_thread(keys.find, name)
    if not key:
        sentence = f"{tool} wants a key: set {name} in the environment, or keep it in the keyring."
        raise ProviderError(sentence, ErrorCategory.AUTHENTICATION)
    return Bearer(name, key)


def is_here(host: str) -> bool:
    """True for this machine, which no proxy may stand before."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
