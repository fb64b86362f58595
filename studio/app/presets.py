"""Presets on disk: found by name or path, read, and checked down to each provider's settings."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from studio.app.folders import presets_folder
from studio.model.errors import PresetError
from studio.model.preset import CASCADE, PRESET_FORMAT, Part, Preset, Role
from studio.providers import catalog

_LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line or the window chooses instead of the preset."""

    uses: tuple[tuple[Role, str], ...] = ()
    """PROVIDER/MODEL by role."""
    base_urls: tuple[tuple[str, str], ...] = ()
    """Server by provider."""


def names() -> list[str]:
    """The presets that come with the studio."""
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


def path_of(name: str) -> Path:
    """The file of a preset given by name or by path.

    Raises:
        PresetError: there is none.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name)
        if _is_file(path):
            return path
        raise PresetError(f"{name}: no such preset file.")
    path = presets_folder() / f"{name}.toml"
    if _is_file(path):
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
        try:
            catalog.settings(role, preset.part(role))
        except PresetError as error:
            chosen = dict(overrides.uses) if overrides is not None else {}
            place = f"--{role} {chosen[role]}" if role in chosen else path
            raise PresetError(f"{place}: {error}") from error
    return preset


def read(path: Path) -> Preset:
    """The preset in a file, its providers' own settings not yet checked.

    Raises:
        PresetError: too large, no TOML, unknown key or wrong type; names file, line and key.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise PresetError(f"{path}: larger than 1 MB, so it is no preset.")
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: not readable as TOML: its bytes are not UTF-8; save it as UTF-8.") from error
    except RecursionError as error:
        raise PresetError(f"{path}: not readable as TOML: nested too deeply.") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PresetError(f"{path}: not readable as TOML: {error}.") from error
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


def _overridden(preset: Preset, overrides: Overrides) -> Preset:
    parts: dict[str, Part] = {}
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
    for provider, url in overrides.base_urls:
        roles = [role for role in CASCADE if parts.get(role.value, preset.part(role)).provider == provider]
        if not roles:
            raise PresetError(f"--base-url {provider}={url}: this preset uses no provider called {provider!r}.")
        for role in roles:
            part = parts.get(role.value, preset.part(role))
            parts[role.value] = Part.model_validate({**part.settings, "use": part.use, "base_url": url})
    return preset.model_copy(update=parts)


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
