"""The user's own presets as files: made, written with their comments kept, renamed in place, removed.

Those that come with the studio are never written to. Must not know what a preset means.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.app.folders import own_presets_folder
from studio.app.presets import names
from studio.model.errors import PresetError
from studio.providers.whole_file import write_whole


def create(title: str, text: str) -> Path:
    """A new preset of the user's with this text and title; its file is called after the title.

    Raises:
        PresetError: it cannot be written.
    """
    taken = set(names())
    stem = _stem(title)
    number = 2
    name = stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    path = own_presets_folder() / f"{name}.toml"
    write(path, edited(text, {**tomllib.loads(text), "title": title}))
    return path


def write(path: Path, text: str) -> None:
    """Put `text` into a preset's file, whole or not at all.

    Raises:
        PresetError: it cannot be written.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise PresetError(f"{path} cannot be written: {os.strerror(error.errno or 0)}.") from error


def remove(path: Path) -> str:
    """Take a preset's file away; returns its text, with which `write` brings it back.

    Raises:
        PresetError: it cannot be removed.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        path.unlink()
    except OSError as error:
        raise PresetError(f"{path} cannot be removed: {os.strerror(error.errno or 0)}.") from error
    return text


def edited(text: str, content: Mapping[str, Any]) -> str:
    """`text` with what `content` changes in it: comments, order and the spelling of everything else stay."""
    import tomlkit  # the window starts without it

    document = tomlkit.parse(text)
    _merge(document, content)
    merged = tomlkit.dumps(document)
    # A library's slip in so much freedom of form must not change what the file says.
    return merged if tomllib.loads(merged) == content else tomlkit.dumps(dict(content))


def _merge(table: dict[str, Any], content: Mapping[str, Any]) -> None:
    for key in [key for key in table if key not in content]:
        del table[key]
    for key, value in content.items():
        there = table.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _merge(there, value)
        elif not _same(there, value):
            table[key] = _item(value)


def _same(there: object, value: object) -> bool:
    unwrap = getattr(there, "unwrap", None)  # tomlkit's items are the plain values' subclasses, but for true and false
    plain = unwrap() if unwrap is not None else there
    return type(plain) is type(value) and plain == value


def _item(value: Any) -> Any:
    """A new value, as a person would write it."""
    import tomlkit

    if isinstance(value, str) and "\n" in value:
        return tomlkit.string(value, multiline=True)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        tables = tomlkit.aot()
        for each in value:
            table = tomlkit.table()
            table.update(each)
            table.add(tomlkit.nl())
            tables.append(table)
        return tables
    return value


def _stem(title: str) -> str:
    """A file name out of a title: letters of any script, figures, and hyphens between them."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:60] or "agent"
