"""`studio cache`: what agents have said before and need not be asked for again."""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from studio.commands.arguments import base_urls

if TYPE_CHECKING:
    from studio.app.voice_cache import Prefilled
    from studio.app.voice_link import Progress
    from studio.model.preset import Preset


def show_cache(chosen: argparse.Namespace) -> int:
    """How much there is, and how often it was of use."""
    from studio.app.voice_cache import voice_cache

    cache = voice_cache()
    there = cache.contents()
    if chosen.json:
        print(json.dumps({"folder": str(cache.folder), **asdict(there), "limit_bytes": cache.limit_bytes}, indent=2))
    else:
        size = f"{there.bytes / 1e6:.1f} of at most {cache.limit_bytes / 1e6:.0f} MB"
        print(f"{there.phrases} phrases, {size}, used {there.hits} times: {cache.folder}")
    return 0


def prefill_cache(chosen: argparse.Namespace) -> int:
    """A line for each phrase."""
    from studio.app import presets

    preset = presets.load(chosen.preset, presets.Overrides(base_urls=base_urls(chosen.base_url)))
    phrases = asyncio.run(_prefill(preset))
    if chosen.json:
        print(json.dumps({"phrases": [asdict(phrase) for phrase in phrases]}, indent=2))
    else:
        for phrase in phrases:
            what = "was there already" if phrase.already_there else "spoken"
            print(f'{phrase.use}  {phrase.length_ms / 1000:.1f} s  {what}: "{phrase.text}"')
    return 0


def clear_cache(_chosen: argparse.Namespace) -> int:
    """Remove everything."""
    from studio.app.voice_cache import voice_cache

    print(f"{voice_cache().clear()} phrases removed.")
    return 0


async def _prefill(preset: "Preset") -> "list[Prefilled]":
    from studio.app.engines import Engines
    from studio.app.voice_cache import prefill, voice_cache

    cache = voice_cache()
    engines = Engines(_progress, cache)
    phrases = []
    try:
        async for outcome in prefill(preset, engines, cache):
            if isinstance(outcome, str):
                print(outcome, file=sys.stderr)
            else:
                phrases.append(outcome)
    finally:
        await engines.close()
    return phrases


def _progress(progress: "Progress") -> None:
    if progress.fraction in (None, 1.0):
        print(f"Loading {progress.label} ...", file=sys.stderr, flush=True)
