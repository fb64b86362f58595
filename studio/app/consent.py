"""What a preset's tools would reach, and whether the user has allowed it: no request and no process before that.

A preset may come from anybody. Those that come with the studio may reach this machine; everything else is asked about
once and kept in a file of the user's configuration. Must not know how anybody is asked.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from studio.app.folders import consents_file
from studio.model.errors import StudioError
from studio.model.tool_settings import ToolSettings


def places(tools: ToolSettings) -> tuple[str, ...]:
    """The hosts and commands that the tools would reach: `HOST:PORT` or `command: WORDS`."""
    urls = [*(webhook.url for webhook in tools.webhooks), *(server.url for server in tools.servers if server.url)]
    commands = [f"command: {' '.join(server.command)}" for server in tools.servers if server.command]
    return tuple(dict.fromkeys([*map(_host, urls), *commands]))


def needed(tools: ToolSettings, comes_with_the_studio: bool, path: Path | None = None) -> tuple[str, ...]:
    """Those places that the user must allow first.

    Raises:
        StudioError: the file of what is allowed is damaged.
    """
    allowed = granted(path)
    wanted = (place for place in places(tools) if place not in allowed)
    return tuple(place for place in wanted if not (comes_with_the_studio and _is_here(place)))


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
    half = target.with_suffix(".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(json.dumps({"allowed": everything}, indent=2), encoding="utf-8")
        half.replace(target)
    except OSError as error:
        raise StudioError(f"{target} cannot be written: {os.strerror(error.errno or 0)}.") from error


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _is_here(place: str) -> bool:
    if place.startswith("command: "):
        return False
    host = place.rpartition(":")[0]
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
