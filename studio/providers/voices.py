"""The voices of a TTS provider: asked of the vendor, and kept in a file for when they were asked lately or it is away.

Must not know how a provider lists its voices, nor who wants to choose one.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import AwareDatetime, Field, ValidationError

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.model.strict import Strict
from studio.providers import catalog
from studio.providers.settings import HostedSettings
from studio.providers.whole_file import write_whole

_AWAY = {
    ErrorCategory.CONNECTION,
    ErrorCategory.TIMEOUT,
    ErrorCategory.SERVER,
    ErrorCategory.RATE_LIMIT,
    ErrorCategory.BROKEN_ANSWER,
}
"""Failures in which the list that was kept is better than none; others the user must see to."""
_PLACE = HostedSettings.model_fields.keys() - {"model", "provider"}
"""Of a preset's settings, those that say where the vendor is and how long it may take."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice."""

    id: str
    """What a preset calls it."""
    title: str
    """What people call it, with its language."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The voices of a provider, in its own order."""

    voices: tuple[Voice, ...]
    as_of: datetime
    """When the vendor listed them; UTC."""
    live: bool
    """They were listed now; else they were kept."""
    trouble: str = ""
    """A sentence where the vendor cannot be asked, or its list not be kept."""


@runtime_checkable
class _ListsVoices(Protocol):
    async def voices(self) -> list[tuple[str, str]]: ...


async def list_voices(provider: str, part: Part | None, folder: Path, max_age: timedelta) -> Listing:
    """The voices of a provider, which `part` says how to reach; from `folder` where they are younger than `max_age`.

    A provider on this machine is always looked at. One that lists no voices has those of its models.

    Raises:
        ProviderError: the vendor refuses, or is away and nothing is kept.
        PresetError: there is no such provider, or `part` is not fit for it.
        WeightsError: the voices on this machine are missing or damaged.
    """
    settings = {name: value for name, value in (part.settings if part else {}).items() if name in _PLACE}
    plain = Part.model_validate({"use": provider, **settings})
    about = catalog.find(Role.TTS, provider)
    if not about.hosted:
        return Listing(await _ask(plain), datetime.now(UTC), live=True)
    base_url = str(settings.get("base_url") or about.base_url).rstrip("/")
    name = f"{provider}-{hashlib.sha256(base_url.encode()).hexdigest()[:16]}.json"
    kept = await asyncio.to_thread(_read, folder / name, base_url)
    now = datetime.now(UTC)
    if kept is not None and timedelta() <= now - kept.as_of < max_age:
        return kept.listing()
    try:
        voices = await _ask(plain)
    except ProviderError as error:
        if kept is None or error.category not in _AWAY:
            raise
        return kept.listing(str(error))
    fresh = _Kept(base_url=base_url, as_of=now, voices=tuple((voice.id, voice.title) for voice in voices))
    trouble = await asyncio.to_thread(_write, folder / name, fresh)
    return Listing(voices, now, live=True, trouble=trouble)


async def _ask(part: Part) -> tuple[Voice, ...]:
    engine = catalog.build(Role.TTS, part)
    try:
        listed: Sequence[tuple[str, str]]
        if isinstance(engine, _ListsVoices):
            listed = await engine.voices()
        else:
            models = catalog.provider(part.provider).of_role(Role.TTS)
            listed = [(model.voice or model.name, model.title or model.name.capitalize()) for model in models]
    finally:
        await engine.close()
    return tuple(Voice(name, title) for name, title in dict(listed).items())


class _Kept(Strict):
    """The file."""

    base_url: str
    as_of: AwareDatetime
    voices: tuple[tuple[str, str], ...] = Field(strict=False)

    def listing(self, trouble: str = "") -> Listing:
        return Listing(tuple(Voice(*voice) for voice in self.voices), self.as_of, live=False, trouble=trouble)


def _read(path: Path, base_url: str) -> _Kept | None:
    """What was kept; None where nothing was, or it is damaged."""
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):  # the vendor is asked instead
        return None
    return kept if kept.base_url == base_url else None


def _write(path: Path, kept: _Kept) -> str:
    """Keep it, whole or not at all; a sentence where that fails."""
    try:
        write_whole(path, kept.model_dump_json(indent=1))
    except OSError as error:
        return f"Cannot keep the list of voices as {path}: {error.strerror}."
    return ""
