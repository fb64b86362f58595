import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from studio.model.audio import Samples
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import SttStream
from studio.providers.catalog import build
from tests.providers import contract
from tests.providers.speech import NOISES, SENTENCES, spoken, words

each_stt = pytest.mark.parametrize("use", contract.embedded(Role.STT))
each_trained_stt = pytest.mark.parametrize("use", contract.trained(Role.STT))
BLOCK = 160
PATIENCE_S = 10


def transcribe(use: str, *turns: Callable[["Listener"], None]) -> list[str]:
    """Each turn's words at its end; on virtual time, with the engine's real latencies."""

    async def run() -> list[str]:
        stt = build(Role.STT, Part(use=use))
        await stt.open()
        listener = Listener(await stt.stream())
        ends = []
        for turn in turns:
            turn(listener)
            ends.append(await listener.end())
        await listener.stream.close()
        assert [each async for each in listener.transcripts] == []
        await stt.close()
        return ends

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(run())


class Listener:
    """Pushes sound into a stream, with the hints of a VAD, and waits for what comes back."""

    def __init__(self, stream: SttStream) -> None:
        self.stream = stream
        self.transcripts = stream.transcripts()

    def push(self, samples: Samples) -> None:
        for start in range(0, samples.size, BLOCK):
            self.stream.push(samples[start : start + BLOCK])

    def utter(self, sentence: str) -> None:
        """The hints as a VAD gives them: a little after the speech began, and 100 ms after it ended."""
        samples = spoken(sentence)
        self.push(samples[:10_000])
        self.stream.speech_started()
        self.push(samples[10_000:-6_000])
        self.stream.speech_paused()
        self.push(samples[-6_000:])

    def mistake_for_speech(self, noise: Samples) -> None:
        """The hints of a VAD that noise has deceived."""
        self.stream.speech_started()
        self.push(noise)
        self.stream.speech_paused()

    async def end(self) -> str:
        """The text of the next END."""
        async with asyncio.timeout(PATIENCE_S):
            while (transcript := await anext(self.transcripts)).kind is not TranscriptKind.END:
                pass
        return transcript.text


@each_stt
def test_opens_and_closes_twice(use: str) -> None:
    contract.opens_and_closes_twice(build(Role.STT, Part(use=use)))


@each_stt
def test_can_be_abandoned_while_opening(use: str) -> None:
    contract.can_be_abandoned_while_opening(build(Role.STT, Part(use=use)))


@each_stt
def test_can_be_abandoned_while_transcribing(use: str) -> None:
    async def life() -> None:
        stt = build(Role.STT, Part(use=use))
        await stt.open()
        listener = Listener(await stt.stream())
        listener.utter(SENTENCES[0])
        waiting = asyncio.get_running_loop().create_task(listener.end())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
        await listener.stream.close()
        await stt.close()

    contract.leaves_no_threads(life)


@each_trained_stt
def test_hears_every_word(use: str) -> None:
    def turn(sentence: str) -> Callable[[Listener], None]:
        def talk(listener: Listener) -> None:
            listener.stream.turn_committed()
            listener.utter(sentence)

        return talk

    ends = transcribe(use, *map(turn, SENTENCES))
    assert [words(end) for end in ends] == [words(sentence) for sentence in SENTENCES]
    assert ends == [end.strip() for end in ends]


@each_trained_stt
def test_hears_no_words_in_noise_that_a_vad_took_for_speech(use: str) -> None:
    noises = [partial(Listener.mistake_for_speech, noise=noise) for noise in NOISES.values()]
    assert transcribe(use, *noises) == [""] * len(NOISES)


@each_trained_stt
def test_a_turn_grows_until_it_is_committed(use: str) -> None:
    first, second, third = SENTENCES[2:5]

    def commit_and_talk(listener: Listener) -> None:
        listener.stream.turn_committed()
        listener.utter(third)

    ends = transcribe(
        use, lambda listener: listener.utter(first), lambda listener: listener.utter(second), commit_and_talk
    )
    assert [words(end) for end in ends] == [words(first), words(f"{first} {second}"), words(third)]
