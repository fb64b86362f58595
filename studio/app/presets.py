"""Presets on disk: found by name or path, read, and checked down to each provider's settings."""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.app.folders import own_presets_folder, presets_folder
from studio.model.errors import PresetError
from studio.model.preset import CASCADE, PRESET_FORMAT, Part, Preset, Role, Routing
from studio.model.terms import Stage
from studio.providers import catalog

_LARGEST_BYTES = 1_000_000
EVERY_PROVIDER = "*"
"""In `Overrides.base_urls`: all hosted providers, at an address in which `{provider}` stands for its name."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line or the window chooses instead of the preset."""

    uses: tuple[tuple[Role, str], ...] = ()
    """PROVIDER/MODEL by role."""
    base_urls: tuple[tuple[str, str], ...] = ()
    """Server by provider, or by `EVERY_PROVIDER`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A preset in a list of them."""

    name: str
    """As a call request wants it."""
    path: Path
    own: bool
    """Whether the user made it; those that come with the studio are never written to."""
    title: str
    description: str = ""
    problem: str = ""
    """Why it cannot be used, one sentence; empty: it can, as far as can be told without its providers."""


def given_server(base_urls: Iterable[tuple[str, str]], provider: str) -> str:
    """The server that was given for a hosted provider, by its name or else for every one; empty: its own."""
    urls = dict(base_urls)
    return (urls.get(provider) or urls.get(EVERY_PROVIDER, "")).replace("{provider}", provider)


def comes_with_the_studio(name: str) -> bool:
    """Whether a preset, by name or path, is one of the studio's own and not the user's or anybody's."""
    return path_of(name).resolve().is_relative_to(presets_folder().resolve())


def names() -> list[str]:
    """The presets that come with the studio, and after them those that the user made."""
    return [*bundled_names(), *own_names()]


def bundled_names() -> list[str]:
    """The presets that come with the studio and have no namesake among the user's own."""
    return sorted({path.stem for path in presets_folder().glob("*.toml")} - set(own_names()))


def own_names() -> list[str]:
    """The presets that the user made."""
    return sorted(path.stem for path in own_presets_folder().glob("*.toml"))


def listing() -> list[Listed]:
    """Every preset by its name; a damaged one is listed with what is wrong."""
    own = set(own_names())
    return [listed(name, path_of(name), name in own) for name in names()]


def listed(name: str, path: Path, own: bool) -> Listed:
    """What a list says about the preset in a file."""
    try:
        preset = read(path)
    except PresetError as error:
        return Listed(name, path, own, name, problem=str(error))
    return Listed(name, path, own, preset.title, preset.description)


def path_of(name: str) -> Path:
    """The file of a preset given by name or by path; of two with the same name, the user's.

    Raises:
        PresetError: there is none.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name)
        if _is_file(path):
            return path
        raise PresetError(f"{name}: no such preset file.")
    for folder in (own_presets_folder(), presets_folder()):
        if _is_file(path := folder / f"{name}.toml"):
            return path
    raise PresetError(f"There is no preset {name!r}; there are: {', '.join(names())}. A file's name ends in .toml.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder nobody may enter
        return False


def load(name: str, overrides: Overrides | None = None) -> Preset:
    """The preset of that name or file, with `overrides`, checked as a whole.

    Raises:
        PresetError: missing, too large, no TOML, unknown key, wrong type, unknown provider.
    """
    path = path_of(name)
    preset = read(path)
    if overrides is not None:
        preset = _overridden(preset, overrides)
    for role in CASCADE:
        for part in preset.parts(role):
            try:
                catalog.settings(role, part)
                catalog.retiring(role, part, date.today())
            except PresetError as error:
                chosen = dict(overrides.uses) if overrides is not None else {}
                place = f"--{role} {chosen[role]}" if role in chosen else path
                where = "" if part in preset.candidates(role) else "router: "
                raise PresetError(f"{place}: {where}{error}") from error
    return _each_part(preset, _named)


def retiring(preset: Preset, today: date) -> list[tuple[Stage, str]]:
    """What retires soon of what the preset uses, a sentence each.

    Raises:
        PresetError: something has retired already.
    """
    said = [(Stage(role.value), catalog.retiring(role, part, today)) for role in CASCADE for part in preset.parts(role)]
    return [(stage, sentence) for stage, sentence in said if sentence is not None]


def _named(role: Role, part: Part) -> Part:
    """The part with the model it stands for, where it names only a provider."""
    use = f"{part.provider}/{catalog.known(role, part).name}"
    return part.model_copy(update={"use": use, "fallback": tuple(_named(role, other) for other in part.fallback)})


def read(path: Path) -> Preset:
    """The preset in a file, its providers' own settings not yet checked.

    Raises:
        PresetError: too large, no TOML, unknown key or wrong type; names file, line and key.
    """
    text, content = read_content(path)
    number = content.get("format")
    if isinstance(number, int) and number > PRESET_FORMAT:
        raise PresetError(f"{path}: format {number} is newer than this studio's {PRESET_FORMAT}; please update.")
    try:
        return Preset.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = [str(key) for key in first["loc"]]
        line = _line_of(text, keys)
        place = f"{path}, line {line}" if line else f"{path}"
        what = {"extra_forbidden": "unknown key", "missing": "missing"}.get(first["type"], first["msg"])
        raise PresetError(f"{place}: {'.'.join(keys)}: {what}.") from error


def read_content(path: Path) -> tuple[str, dict[str, Any]]:
    """A preset's file and what it holds, not yet checked.

    Raises:
        PresetError: too large, or no TOML.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise PresetError(f"{path}: larger than 1 MB, so it is no preset.")
        text = path.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: not readable as TOML: its bytes are not UTF-8; save it as UTF-8.") from error
    except RecursionError as error:
        raise PresetError(f"{path}: not readable as TOML: nested too deeply.") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PresetError(f"{path}: not readable as TOML: {error}.") from error


def _overridden(preset: Preset, overrides: Overrides) -> Preset:
    parts: dict[str, Part] = {}
    # A model that is chosen by hand answers everything.
    router = Routing() if any(role is Role.LLM for role, _ in overrides.uses) else preset.router
    for role, use in overrides.uses:
        if role is Role.S2S:
            catalog.find(role, use.partition("/")[0])
        chosen = preset.part(role)
        try:
            # The settings of another provider mean nothing to the new one.
            settings = chosen.settings if chosen.provider == use.partition("/")[0] else {}
            parts[role.value] = Part.model_validate({**settings, "use": use})
        except ValidationError as error:
            raise PresetError(f"--{role} {use}: give PROVIDER/MODEL, for example moonshine/tiny-en.") from error
    changed = preset.model_copy(update={**parts, "router": router})
    there = {part.provider for role in CASCADE for part in changed.parts(role)}
    for provider, url in overrides.base_urls:
        if provider not in {EVERY_PROVIDER, *there}:
            raise PresetError(f"--base-url {provider}={url}: this preset uses no provider called {provider!r}.")
        changed = _each_part(changed, partial(_moved, provider=provider, url=url))
    return changed


def _each_part(preset: Preset, change: Callable[[Role, Part], Part]) -> Preset:
    """The preset with `change` made to the part of each role and to the router's."""
    parts = {role.value: change(role, preset.part(role)) for role in CASCADE}
    levels = {level.value: change(Role.LLM, part) for level, part in preset.router.own.items()}
    return preset.model_copy(update={**parts, "router": preset.router.model_copy(update=levels)})


def _moved(role: Role, part: Part, provider: str, url: str) -> Part:
    """The part and its fallbacks at another server, where they are this provider's."""
    fallback = [_moved(role, other, provider, url).model_dump() for other in part.fallback]
    content = {**part.model_dump(), "fallback": fallback}
    if provider == part.provider or (provider == EVERY_PROVIDER and catalog.find(role, part.provider).hosted):
        content["base_url"] = url.replace("{provider}", part.provider)
    return Part.model_validate(content)


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line where a key stands; None for one that is missing."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = _key(header[1])
            if table == keys:
                return number
        elif assignment := re.match(r"\s*([\w\"'. -]+?)\s*=", line):
            name = [*table, *_key(assignment[1])]
            # What is unknown may be a table of which only a key is written, or the other way round.
            known = min(len(name), len(keys))
            if name[:known] == keys[:known]:
                return number
    return None


def _key(dotted: str) -> list[str]:
    return [part.strip(" \t\"'") for part in dotted.split(".")]
