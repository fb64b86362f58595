"""Whole calls through the presets' own vendors, all at once, each against its vendor's stand-in: five turns, one of
them talked over. In real time, with the real voice activity and turn detectors.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.app import consent, presets
from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.folders import demo_caller, presets_folder
from studio.app.voice_link import CallRequest
from studio.audio.devices import SoundSystem
from studio.model.audio import LISTENING_RATE_HZ, silence
from studio.model.events import Trouble
from studio.model.provider_events import FellBack, ToolAnswered, UnitsUsed
from studio.model.report import SessionReport, Tally
from studio.pipeline.clock import VirtualTimeLoop
from studio.providers.catalog import providers
from studio.recording.reader import open_session
from tests.fakes.__main__ import BOOKING, caller_script
from tests.fakes.bookings import Bookings, serve_mcp
from tests.fakes.registry import FAKES, fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer
from tests.virtual_call import Held

KEY = "canary-90d2e7b1"
HOSTED = ("fastest", "natural", "openai", "budget", "korean", "bookings")
UTTERANCES_MS = ((1000, 2650), (8150, 9740), (24_420, 25_910), (31_410, 33_590), (37_590, 40_260))
"""Of the demo caller: three questions, one with a long answer, and one into that answer."""
GAPS_MS = (4500, 5500, 4500, 4000, 5000)
"""Silence after each of them; the long answer has begun and goes on when the last one starts."""
GAPS_WITH_TOOLS_MS = (8000, 10_000, 8000, 4000, 5000)
GREETING_MS = 4000


@dataclass(frozen=True)
class Outcome:
    """One preset's call."""

    held: Held
    report: SessionReport
    session: Path
    server: FakeServer


def caller(path: Path, gaps_ms: tuple[int, ...]) -> Path:
    """The demo caller's voice with other pauses."""
    sound, _ = soundfile.read(demo_caller(), dtype="float32")
    pieces = [silence(GREETING_MS * 16)]
    for (start, end), gap in zip(UTTERANCES_MS, gaps_ms, strict=True):
        pieces += [sound[(start - 100) * 16 : (end + 100) * 16], silence(gap * 16)]
    soundfile.write(path, np.concatenate(pieces), LISTENING_RATE_HZ, subtype="PCM_16")
    return path


def script(name: str) -> Script:
    if name == "bookings":
        return BOOKING
    whole = caller_script(demo_caller().with_suffix(".toml"))
    picked = (0, 1, 3, 4, 5)
    texts, replies = (tuple(lines[index] for index in picked) for lines in (whole.utterances, whole.replies))
    return Script(texts, replies, next_utterance_ms=1500)


async def hold(name: str, folder: Path, tools: str) -> Outcome:
    held, lines = Held(), script(name)
    mounts = {f"/{provider}": fake(provider, lines, KEY) for provider in FAKES}
    async with FakeServer({**mounts, "/bookings": Bookings()}) as server:
        text = (presets_folder() / f"{name}.toml").read_text("utf-8")
        text = text.replace("http://127.0.0.1:8751/mcp", tools).replace("http://127.0.0.1:8750", server.url())
        (preset := folder / f"{name}.toml").write_text(text, "utf-8")
        request = CallRequest(
            str(preset),
            base_urls=(("*", f"{server.url()}/{{provider}}"),),
            recording=caller(folder / f"{name}.wav", GAPS_WITH_TOOLS_MS if name == "bookings" else GAPS_MS),
            output=folder / f"{name}-agent.wav",
            record_to=folder / name,
            allow_tools=True,
        )
        engines = Engines(lambda _: None)
        call = Call(request, Surroundings(engines, SoundSystem(), (held,)))
        try:
            await call.run()
        finally:
            await engines.close()
    tally = Tally(call.prices)
    for event in held.events:
        tally.on_event(event)
    return Outcome(held, tally.report(None, name), folder / name, server)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    folder = tmp_path_factory.mktemp("presets")

    async def hold_all() -> list[Outcome]:
        import anthropic  # noqa: F401 - takes seconds, in which the other calls would not be on time

        async with serve_mcp() as tools:
            return await asyncio.gather(*(hold(name, folder, tools) for name in HOSTED))

    with pytest.MonkeyPatch.context() as patch:
        for provider in providers().values():
            if provider.env_key is not None:
                patch.setenv(provider.env_key, KEY)
        patch.setattr(consent, "grant", lambda _places: None)
        patch.setattr(consent, "needed", lambda _tools, _own: ())
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            yield dict(zip(HOSTED, runner.run(hold_all()), strict=True))


each = pytest.mark.parametrize("name", HOSTED)
pytestmark = [pytest.mark.slow, pytest.mark.weights, pytest.mark.real_time]


@each
def test_five_turns_are_heard_understood_and_answered(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert outcome.server.failures == []
    assert [(event.stage, event.message) for event in outcome.held.of(Trouble) if event.category != "retiring"] == []
    assert outcome.held.of(FellBack) == []
    said = [turn.user.text for turn in outcome.report.turns if turn.user.text]
    assert said == list(script(name).utterances)
    assert outcome.report.counts.answered == 5
    assert outcome.report.counts.unanswered == 0


@each
def test_the_long_answer_is_talked_over(name: str, outcomes: dict[str, Outcome]) -> None:
    answers = [turn for turn in outcomes[name].report.turns if turn.user.text]
    assert [turn.interrupted for turn in answers] == [False, False, False, True, False]
    cut = answers[3]
    assert 0 < len(cut.agent.heard) < len(cut.agent.text)
    assert cut.agent.text.startswith(cut.agent.heard.rstrip(" ,."))


@each
def test_each_wait_and_what_it_cost_are_told(name: str, outcomes: dict[str, Outcome]) -> None:
    for turn in outcomes[name].report.turns:
        if turn.v2v_ms is not None:
            assert sum(span.ms for span in turn.spans) == pytest.approx(turn.v2v_ms, abs=1)
            assert sum(span.ms for span in turn.spans if span.name == "unattributed") <= turn.v2v_ms / 5
    used = {event.stage for event in outcomes[name].held.of(UnitsUsed)}
    assert {"stt", "llm", "tts"} <= {stage.value for stage in used}
    cost = outcomes[name].report.cost
    assert cost.usd_per_minute is not None
    assert cost.usd > 0


def test_the_restaurant_was_asked(outcomes: dict[str, Outcome]) -> None:
    answered = outcomes["bookings"].held.of(ToolAnswered)
    assert {event.tool for event in answered} >= {"check_availability", "book_table"}
    assert not [event.answer for event in answered if event.failed]
    assert any(re.search(r"reference R\d+", event.answer) for event in answered)
    spans = [span.name for turn in outcomes["bookings"].report.turns for span in turn.spans]
    assert "tool_call" in spans


@each
def test_the_key_is_in_nothing_that_was_written(name: str, outcomes: dict[str, Outcome]) -> None:
    session = outcomes[name].session
    files = [path for path in session.parent.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
    assert KEY not in repr(outcomes[name].held.events)
    assert open_session(session).damage == ()
    assert presets.read(session.with_suffix(".toml")).title
