"""An agent built with LiveKit Agents, which talks to a recording. Runs in LiveKit's own environment.

python -m benchmarks.peers.livekit_agent SETTING --url URL --in caller.wav --out agent.wav
"""

import argparse
import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, inference, tokenize
from livekit.agents.utils import http_context
from livekit.agents.voice import io
from livekit.plugins import cartesia, deepgram, openai

from benchmarks.peers.sound_card import IN_HZ, OUT_HZ, SoundCard

SETTINGS = ("default", "tuned", "words", "fastest", "flux-eager")
INTERRUPTED_AFTER_S = 0.064
"""Speech that interrupts, where it can be set: what the studio waits for by itself."""
FRAME_MS = 10
"""What LiveKit's own console gives at a time."""
VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
PERSONA = "You are a friendly assistant on the phone. Answer in one or two short, plain sentences."


class Ears(io.AudioInput):
    """The recording as a microphone."""

    def __init__(self) -> None:
        super().__init__(label="recording")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def hear(self, pcm: bytes) -> None:
        """The next frame of the caller."""
        self._frames.put_nowait(rtc.AudioFrame(pcm, IN_HZ, 1, len(pcm) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()


class Mouth(io.AudioOutput):
    """The WAV file as a speaker: as LiveKit's console has one, but without the 300 ms that it buffers first."""

    def __init__(self, card: SoundCard) -> None:
        super().__init__(label="file", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=OUT_HZ)
        self._card = card
        self._written = 0
        self._dropped = 0
        self._ending: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Play a frame after those before."""
        await super().capture_frame(frame)
        if self._ending is not None and not self._ending.done():
            await self._ending
        if not self._written:
            self.on_playback_started(created_at=asyncio.get_running_loop().time())
        self._written += len(frame.data) * 2
        self._card.write(bytes(frame.data))

    def flush(self) -> None:
        """Nothing more of this answer will come."""
        super().flush()
        if self._written and (self._ending is None or self._ending.done()):
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        await self._card.empty.wait()
        played_s = (self._written - self._dropped) / 2 / OUT_HZ
        cut, self._written, self._dropped = self._dropped > 0, 0, 0
        self._card.paused = False
        self.on_playback_finished(playback_position=played_s, interrupted=cut)

    def clear_buffer(self) -> None:
        """Be silent at once."""
        self._dropped += self._card.clear()

    def pause(self) -> None:
        """Be silent at once, and keep what waits."""
        super().pause()
        self._card.paused = True

    def resume(self) -> None:
        """Go on."""
        super().resume()
        self._card.paused = False


class WordByWord(tokenize.SentenceTokenizer):
    """Takes every word for a sentence. LiveKit's own `WordTokenizer` breaks its Cartesia plugin in 1.8.9."""

    def __init__(self) -> None:
        self._words = tokenize.basic.WordTokenizer(ignore_punctuation=False)

    def tokenize(self, text: str, *, language: str | None = None) -> list[str]:
        """The words, with their punctuation."""
        words: list[str] = self._words.tokenize(text, language=language)
        return words

    def stream(self, *, language: str | None = None) -> Any:
        """Each word as soon as the next has begun."""
        split = partial(self.tokenize, language=language)
        return tokenize.token_stream.BufferedSentenceStream(tokenizer=split, min_token_len=1, min_ctx_len=1)


def hearing(setting: str, url: str) -> Any:
    """Deepgram: Nova-3, or Flux with eager turns."""
    if setting == "flux-eager":
        base = url.replace("http", "ws", 1)
        return deepgram.STTv2(api_key="k", base_url=f"{base}/deepgram/v2/listen", eager_eot_threshold=0.4)
    return deepgram.STT(api_key="k", model="nova-3", base_url=f"{url}/deepgram/v1/listen")


def turns(setting: str) -> Any:
    """How turns are taken: as LiveKit does by itself, or with every wait that can be set as short as it can be."""
    quick = {
        "endpointing": {"min_delay": 0.0, "max_delay": 2.5},
        "interruption": {"mode": "vad", "min_duration": INTERRUPTED_AFTER_S},
        "preemptive_generation": {"preemptive_tts": True},
    }
    match setting:
        case "default":
            return {}
        case "tuned" | "words":
            return {"turn_handling": quick}
        case "fastest":  # no detector: every pause of 0.1 s is the end of the turn
            vad = inference.VAD(min_silence_duration=0.1)
            return {"turn_handling": {**quick, "turn_detection": "vad"}, "vad": vad}
        case _:
            return {"turn_handling": {**quick, "turn_detection": "stt"}}


def speaking(setting: str, url: str) -> Any:
    """Cartesia, sentence by sentence; tuned, a short one is not held back for the next; otherwise word by word."""
    match setting:
        case "default":
            manner = {}
        case "tuned":
            manner = {"tokenizer": tokenize.blingfire.SentenceTokenizer(min_sentence_len=1, stream_context_len=1)}
        case _:
            manner = {"tokenizer": WordByWord()}
    return cartesia.TTS(
        api_key="k",
        model="sonic-3.5",
        voice=VOICE,
        base_url=f"{url}/cartesia",
        **manner,
    )


async def talk(setting: str, url: str, recording: Path, output: Path) -> None:
    """One call, until the recording is over."""
    card = SoundCard(recording)
    ears = Ears()
    async with http_context.open():
        session: Any = AgentSession(
            stt=hearing(setting, url),
            llm=openai.LLM(api_key="k", model="gpt-5.4-mini", base_url=f"{url}/openai"),
            tts=speaking(setting, url),
            **turns(setting),
        )
        session.input.audio = ears
        session.output.audio = Mouth(card)
        await session.start(Agent(instructions=PERSONA))
        await asyncio.sleep(1)  # as for everyone: all connections stand before the caller speaks
        print("talking", flush=True)
        await card.run(ears.hear, FRAME_MS)
        card.save(output)
        await session.aclose()


def main() -> None:
    """Read the arguments and talk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=SETTINGS)
    parser.add_argument("--url", required=True, help="where the vendors' stand-ins are")
    parser.add_argument("--in", dest="recording", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--debug", action="store_true", help="LiveKit's own log")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("livekit").setLevel(logging.DEBUG if chosen.debug else logging.WARNING)
    asyncio.run(talk(chosen.setting, chosen.url, chosen.recording, chosen.out))


if __name__ == "__main__":
    main()
