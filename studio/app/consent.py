"""What a preset's tools would reach, and whether the user has allowed it: no request and no process before that.

A preset may come from anybody. Those that come with the studio may reach this machine; everything else is asked about
once, each key that it would be given included, and kept in a file of the user's configuration. Must not know how
anybody is asked.
"""

import json
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from studio.app.folders import consents_file
from studio.model.errors import StudioError
from studio.model.tool_settings import ToolServer, ToolSettings, Webhook
from studio.providers.tools.access import is_here
from studio.providers.whole_file import write_whole


def places(tools: ToolSettings) -> tuple[str, ...]:
    """What the tools would reach: `HOST:PORT` or `command: WORDS`, with the name of the key that it gets."""
    return tuple(dict.fromkeys(map(_place, _reaching(tools))))


def needed(tools: ToolSettings, comes_with_the_studio: bool, path: Path | None = None) -> tuple[str, ...]:
    """Those places that the user must allow first.

    Raises:
        StudioError: the file of what is allowed is damaged.
    """
    allowed = granted(path)
    asked = (each for each in _reaching(tools) if not (comes_with_the_studio and _on_loopback(each)))
    return tuple(place for place in dict.fromkeys(map(_place, asked)) if place not in allowed)


def granted(path: Path | None = None) -> frozenset[str]:
    """What the user has allowed.

    Raises:
        StudioError: the file is damaged.
    """
    source = path or consents_file()
    try:
        content = json.loads(source.read_text("utf-8"))
        return frozenset(str(place) for place in content["allowed"])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudioError(f"{source} is damaged; remove it, and allow anew what tools may reach.") from error


def grant(allowed: Iterable[str], path: Path | None = None) -> None:
    """Keep what the user allows, beside what was allowed before.

    Raises:
        StudioError: it cannot be written.
    """
    target = path or consents_file()
    everything = sorted({*granted(target), *allowed})
    try:
        write_whole(target, json.dumps({"allowed": everything}, indent=2))
    except OSError as error:
        raise StudioError(f"{target} cannot be written: {os.strerror(error.errno or 0)}.") from error


def _reaching(tools: ToolSettings) -> list[Webhook | ToolServer]:
    return [*tools.webhooks, *tools.servers]


def _place(tool: Webhook | ToolServer) -> str:
    if isinstance(tool, ToolServer) and tool.command:
        place = f"command: {shlex.join(tool.command)}"
    else:
        parts = urlsplit(tool.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        place = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    return f"{place} (gets the key {tool.key_env})" if tool.key_env else place


def _on_loopback(tool: Webhook | ToolServer) -> bool:
    return bool(tool.url) and is_here(urlsplit(tool.url).hostname or "")
