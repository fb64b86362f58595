"""The pieces of one reply, kept as they come, so that whoever gives them a voice may begin again at any of them.

Must not know who says them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from unicodedata import east_asian_width


class Pieces:
    """A reply that is being written."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._news = asyncio.Event()
        self.complete = False
        """Nothing more comes."""

    async def take(self, source: AsyncIterator[str]) -> None:
        """Take all pieces as they come."""
        try:
            async for text in source:
                self._texts.append(text)
                self._news.set()
        finally:
            self.complete = True
            self._news.set()

    async def get(self, index: int) -> str | None:
        """The piece of this index as soon as it is there; None when the reply ends before it, for whatever reason."""
        while index >= len(self._texts):
            if self.complete:
                return None
            self._news.clear()
            await self._news.wait()
        return self._texts[index]


class Given:
    """Pieces from one of them on as a voice takes them, with the space after each; each time from the same one."""

    def __init__(self, pieces: Pieces, since: int, taken: Callable[[str], None]) -> None:
        self._pieces = pieces
        self._since = since
        self._taken = taken
        self._told = since

    def __aiter__(self) -> "_Going":
        """Through all pieces from the first one; `taken` is told each when it comes the first time."""
        return _Going(self, self._since)

    async def get(self, index: int) -> str | None:
        """As it is given."""
        if (text := await self._pieces.get(index)) is None:
            return None
        given = text if _wide(text[-1:]) else f"{text} "
        if index == self._told:
            self._told += 1
            self._taken(given)
        return given


class _Going:
    """Once through; it can be left anywhere, and has nothing to close."""

    def __init__(self, given: Given, index: int) -> None:
        self._given = given
        self._index = index

    def __aiter__(self) -> "_Going":
        return self

    async def __anext__(self) -> str:
        if (text := await self._given.get(self._index)) is None:
            raise StopAsyncIteration
        self._index += 1
        return text


def _wide(character: str) -> bool:
    """Of a script that puts no spaces between words; Korean does."""
    return bool(character) and east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"
