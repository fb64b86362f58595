"""Starts a stand-in for every hosted provider, so that every preset can be tried without a key: `studio fakes`.

They hear, think and say what the script says: what the demo caller asks, and answers to it. All vendors are on one
port, each below its own name; the restaurant's tools (an MCP server) are on the next one.
"""

import argparse
import asyncio
import signal
import sys
import tomllib
from contextlib import AsyncExitStack
from pathlib import Path

from tests.fakes.bookings import Bookings, serve_mcp
from tests.fakes.registry import FAKES, fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer

REPLIES = (
    "The capital of Italy is Rome.",
    "Wear a raincoat and boots, and take an umbrella with you.",
    "There are seven days in a week.",
    "The opposite of hot is cold.",
    "The months are January, February, March, April, May, June, July, August, September, October, November, December.",
    "A spider has eight legs.",
    "Leonardo da Vinci painted the Mona Lisa. Goodbye!",
)
BOOKING = Script(
    (
        "Do you have a table for two tomorrow at seven?",
        "When are you open?",
        "Please book the table for Kim.",
        "What is on the menu?",
        "Wait, that is enough, thank you.",
    ),
    (
        "Let me see.",
        "We are open from Tuesday to Sunday, from five to eleven in the evening.",
        "Certainly.",
        "Tonight there is minestrone, risotto with mushrooms, sea bass from the oven, veal with lemon, and for "
        "dessert a tiramisu or a panna cotta with berries.",
        "You are welcome. Goodbye!",
    ),
    next_utterance_ms=1500,
)
"""A caller who wants a table."""


def caller_script(file: Path) -> Script:
    """What the demo caller says, with the answers to it."""
    spoken = tomllib.loads(file.read_text("utf-8"))["utterances"]
    return Script(tuple(each["text"] for each in spoken), REPLIES, next_utterance_ms=2000)


async def serve(port: int, script: Script) -> None:
    """Serve until the program is told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    mounts = {f"/{provider}": fake(provider, script) for provider in FAKES}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(FakeServer({**mounts, "/bookings": Bookings()}, port))
        tools = await stack.enter_async_context(serve_mcp(port and port + 1))
        template = f"{server.url()}/{{provider}}"
        print(
            f"{len(FAKES)} vendors' stand-ins listen on {server.url()}, a restaurant's tools on {tools}.\n"
            "They hear the demo caller's questions, whatever is said, and answer those.\n\n"
            "In another terminal:\n"
            f"  studio --base-url '*={template}'\n"
            f"  studio talk --preset fastest --base-url '*={template}' --in assets/demo/caller.wav --out agent.wav\n\n"
            "Ctrl+C ends them.",
            flush=True,
        )
        await ended.wait()


def main() -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="studio fakes", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--caller", type=Path, required=True, help="the texts of the demo caller")
    chosen = parser.parse_args()
    try:
        asyncio.run(serve(chosen.port, caller_script(chosen.caller)))
    except OSError as error:
        print(f"studio: The stand-ins cannot listen on port {chosen.port}: {error.strerror}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
