"""The vendors' stand-ins in a process of their own, with the delays that are set and the caller's own words.

    python -m benchmarks.peers.servers --truth truth.json

Prints its address, and what was asked of it when its input ends: it never outlives who started it.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from benchmarks.peers.caller import Utterance, from_json
from tests.fakes.cartesia import Cartesia
from tests.fakes.deepgram import Deepgram
from tests.fakes.openai_chat import OpenAiChat
from tests.fakes.script import Script
from tests.fakes.server import FakeServer

FINAL_MS, FIRST_TOKEN_MS, TOKEN_MS, FIRST_AUDIO_MS = 150, 350, 20, 75
OVER_MS, OPEN_MS = (150, 300), (750, 1500)
"""When Flux is fairly sure, and sure, that a turn is over; the latter in a pause within it. Published are a median
under 300 ms, a 95th percentile of 1.5 s, and about 150 ms that eager turns save: who leaves turns to Flux has it at its
best."""
BETWEEN_UTTERANCES_MS = 1250
"""More than any pause within an utterance, less than any silence between two."""
HALF_HEARD = "Pardon?"
"""What is answered to anybody who asks for a reply to less than the caller's words: heard as other words."""


def script(truth: list[Utterance]) -> Script:
    """The set delays, and the words when they are said."""
    return Script(
        utterances=tuple(each.text for each in truth),
        replies=tuple(each.reply for each in truth),
        half_heard=HALF_HEARD,
        final_s=FINAL_MS / 1000,
        first_token_s=FIRST_TOKEN_MS / 1000,
        token_s=TOKEN_MS / 1000,
        first_audio_s=FIRST_AUDIO_MS / 1000,
        over_ms=OVER_MS,
        open_ms=OPEN_MS,
        next_utterance_ms=BETWEEN_UTTERANCES_MS,
        spoken=tuple(each.words for each in truth),
    )


async def serve(said: Script) -> None:
    """Until the standard input ends; then it is told what clients wanted, and what they did wrong."""
    ears, mind, voice = Deepgram(said), OpenAiChat(said), Cartesia(said)
    async with FakeServer({"/deepgram": ears, "/openai": mind, "/cartesia": voice}) as server:
        print(server.url(), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps({"replies": len(mind.chats), "characters": voice.characters}), flush=True)
        for failure in server.failures:
            print(f"{type(failure).__name__}: {failure}", file=sys.stderr)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truth", type=Path, required=True)
    asyncio.run(serve(script(from_json(parser.parse_args().truth.read_text("utf-8")))))


if __name__ == "__main__":
    main()
