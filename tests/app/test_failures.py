"""The failures of hosted providers in whole calls: what the user sees and hears of each.

`studio/pipeline/retry/FAILURES.md` is made here. To approve another one: delete it, run this test, read it.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomlkit

from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.voice_link import CallRequest
from studio.audio.devices import SoundSystem
from studio.model.audio import Samples
from studio.model.errors import StudioError
from studio.model.event_json import to_json
from studio.model.events import AgentSilent, Trouble
from studio.model.preset import Agent, Role
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import Track
from studio.model.time import NS_PER_S
from studio.pipeline.clock import VirtualTimeLoop
from tests.fakes.registry import fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer, Fault, OnTheWire, Refuse, Request
from tests.virtual_call import PRESET, Held, caller

KEY = "canary-51be07d2c4"
USES = {
    Role.STT: "deepgram/nova-3",
    Role.LLM: "openai/gpt-5.6-luna",
    Role.TTS: "elevenlabs/eleven_flash_v2_5",
}
APOLOGY = Agent(persona="-").apology
SCRIPT = Script(
    utterances=("What is the weather like?",), replies=("It is sunny today. Take a hat.",), first_token_s=0.1
)
TABLE = Path(__file__).parents[2] / "studio" / "pipeline" / "retry" / "FAILURES.md"
SPEECH_MS = (2000, 3500)


@dataclass(frozen=True)
class Case:
    """A failure in the middle of a call, and what becomes of it."""

    role: Role
    name: str
    faults: Sequence[Fault]
    """Of the connections or requests that follow."""
    sees: str
    """The first that is shown, with HOST for the server's name; empty: nothing."""
    hears: str
    fallback: bool = False
    """Whether another provider could take over."""
    ends: bool = False
    """Whether the call is over for it."""


ANSWER, SOUND, OTHER = "It is sunny today. Take a hat.", "two soft tones", "I see. Tell me more about it."
AGAIN, OVER = "Asking again.", "scripted/script takes over."
FIRST = "It is sunny today."
LLM, STT, TTS = Role.LLM, Role.STT, Role.TTS
WAIT = {"Retry-After": "1"}
LONG = {"Retry-After": "30"}
CASES = (
    Case(
        LLM, "wrong key", [Refuse(401)], "HOST refused access (status 401): check the key in OPENAI_API_KEY.", APOLOGY
    ),
    Case(
        LLM,
        "wrong key",
        [Refuse(401)],
        f"HOST refused access (status 401): check the key in OPENAI_API_KEY. {OVER}",
        OTHER,
        fallback=True,
    ),
    Case(LLM, "no credit", [Refuse(402, "Pay.")], "HOST says the account has no credit left: Pay.", APOLOGY),
    Case(
        LLM,
        "too many requests, asks to wait 1 s",
        [Refuse(429, headers=WAIT)],
        f"HOST is limiting requests; it asks to wait 1 s. {AGAIN}",
        ANSWER,
    ),
    Case(
        LLM,
        "too many requests, asks to wait 30 s",
        [Refuse(429, headers=LONG)],
        "HOST is limiting requests; it asks to wait 30 s.",
        APOLOGY,
    ),
    Case(
        LLM,
        "too many requests, asks to wait 30 s",
        [Refuse(429, headers=LONG)],
        f"HOST is limiting requests; it asks to wait 30 s. {OVER}",
        OTHER,
        fallback=True,
    ),
    Case(
        LLM,
        "server fails once",
        [Refuse(503, "Busy.")],
        f"HOST failed with status 503: Busy; try again. {AGAIN}",
        ANSWER,
    ),
    Case(
        LLM,
        "server fails again and again",
        [Refuse(500, "Busy.")] * 3,
        f"HOST failed with status 500: Busy; try again. {AGAIN}",
        APOLOGY,
    ),
    Case(
        LLM,
        "server fails again and again",
        [Refuse(502, "Busy.")] * 3,
        f"HOST failed with status 502: Busy; try again. {AGAIN}",
        OTHER,
        fallback=True,
    ),
    Case(LLM, "half-open connection", [OnTheWire(stall_after=0)], "HOST did not answer in time; try again.", APOLOGY),
    Case(
        LLM,
        "half-open connection",
        [OnTheWire(stall_after=0)],
        f"HOST did not answer in time; try again. {OVER}",
        OTHER,
        fallback=True,
    ),
    Case(LLM, "stalls in the middle", [OnTheWire(stall_after=1350)], "HOST did not answer in time; try again.", FIRST),
    Case(LLM, "cut in the middle", [OnTheWire(cut_after=1350)], "HOST dropped the connection; try again.", FIRST),
    Case(LLM, "cut at once", [OnTheWire(cut_after=5)], f"HOST dropped the connection; try again. {AGAIN}", ANSWER),
    Case(STT, "connection drops", [], f"HOST dropped the connection; try again. {AGAIN}", ANSWER),
    Case(
        STT,
        "connection drops, and the key is refused",
        [Refuse(401)] * 3,
        f"HOST dropped the connection; try again. {AGAIN}",
        APOLOGY,
        ends=True,
    ),
    Case(
        STT,
        "connection drops, and the key is refused",
        [Refuse(401)] * 3,
        f"HOST dropped the connection; try again. {AGAIN}",
        ANSWER,
        fallback=True,
    ),
    Case(
        STT,
        "connection drops, and the next one is half-open",
        [OnTheWire(stall_after=200)],
        f"HOST dropped the connection; try again. {AGAIN}",
        ANSWER,
        fallback=True,
    ),
    Case(TTS, "connection drops", [], "", ANSWER),
    Case(
        TTS, "wrong key", [Refuse(401)], "HOST refused access (status 401): check the key in ELEVENLABS_API_KEY.", SOUND
    ),
    Case(
        TTS,
        "wrong key",
        [Refuse(401)],
        "HOST refused access (status 401): check the key in ELEVENLABS_API_KEY. scripted/tone takes over.",
        ANSWER,
        fallback=True,
    ),
    Case(
        TTS,
        "server fails once",
        [Refuse(503, "Busy.")],
        f"HOST failed with status 503: Busy; try again. {AGAIN}",
        ANSWER,
    ),
    Case(TTS, "half-open connection", [OnTheWire(stall_after=0)], "HOST did not answer in time; try again.", SOUND),
    Case(
        TTS,
        "cut in the middle of a clause",
        [OnTheWire(cut_after=30_000)],
        "HOST dropped the connection; try again.",
        "It is",
    ),
)


def is_work(request: Request) -> bool:
    return request.method == "POST" or "upgrade" in request.headers


def preset(folder: Path, case: Case, url: str) -> Path:
    content = tomlkit.parse(PRESET.read_text("utf-8"))
    hosted: dict[str, Any] = {"use": USES[case.role], "base_url": url}
    if case.fallback:
        hosted["fallback"] = [{"use": "scripted"}]
    content[case.role.value] = hosted
    path = folder / "preset.toml"
    path.write_text(tomlkit.dumps(content), "utf-8")
    return path


async def hold(case: Case, folder: Path) -> Held:
    """One call whose provider has opened well and fails from then on."""
    held = Held()
    stand_in = fake(USES[case.role].partition("/")[0], SCRIPT, KEY)
    async with FakeServer({"": stand_in}) as server:
        request = CallRequest(
            str(preset(folder, case, server.url())),
            recording=caller(folder / "caller.wav", [SPEECH_MS], 4000),
            record_to=folder / "session",
            virtual=True,
        )
        engines = Engines(lambda _: None)
        call = Call(request, Surroundings(engines, SoundSystem(), (held, _Breaker(server, case))))
        try:
            await call.run()
        except StudioError as error:
            held.error = error
        finally:
            await engines.close()
        assert server.failures == []
    return held


class _Breaker:
    """Lets the provider fail as soon as it is ready."""

    def __init__(self, server: FakeServer, case: Case) -> None:
        self._server = server
        self._case = case
        self._broken = False

    def on_event(self, _event: object) -> None:
        if not self._broken:
            self._broken = True
            self._server.misbehave(*self._case.faults, on=is_work)
            self._server.drop_connections()

    def on_audio(self, track: Track, block: object, rate_hz: int) -> None:
        pass


def told(held: Held) -> list[str]:
    """What is shown, in order."""
    said = []
    for event in held.events:
        match event:
            case Trouble():
                said.append(event.message)
            case Retried():
                said.append(f"{event.reason} Asking again.")
            case FellBack():
                said.append(f"{event.reason} {event.to} takes over.")
            case _:
                pass
    return said


def loudest(samples: Samples) -> float:
    return float(np.abs(samples).max()) if samples.size else 0.0


def row(case: Case) -> str:
    cells = (case.role.upper(), case.name, "yes" if case.fallback else "no", case.sees or "nothing", case.hears)
    return f"| {' | '.join(cells)}{', and the call ends' if case.ends else ''} |"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.role}-{case.name}-{case.fallback}")
def test_the_user_sees_and_hears(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "DEEPGRAM_API_KEY", "ELEVENLABS_API_KEY"):
        monkeypatch.setenv(name, KEY)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        held = runner.run(hold(case, tmp_path))
    shown = [sentence.replace("127.0.0.1", "HOST") for sentence in told(held)]
    assert (shown[0] if shown else "") == case.sees
    assert (held.error is not None) is case.ends
    heard = " ".join(event.heard for event in held.of(AgentSilent))
    assert heard == ("" if case.hears == SOUND else case.hears)
    if case.hears == SOUND:
        assert loudest(held.played(3 * NS_PER_S, 16 * NS_PER_S)) > 0.1
    written = [path.read_bytes() for path in (tmp_path / "session").rglob("*") if path.is_file()]
    assert KEY not in json.dumps([to_json(event) for event in held.events])
    assert written
    assert not any(KEY.encode() in content for content in written)


def test_the_table_is_true() -> None:
    text = "\n".join(
        [
            "# When a provider fails in the middle of a call",
            "",
            "Made and held true by `tests/app/test_failures.py`, with real sockets against the vendors' stand-ins.",
            "HOST is the server's name. Each failure is an event of the session; in the window it is a notice.",
            "",
            "| provider | failure | another one is there | the user sees | the user hears |",
            "|---|---|---|---|---|",
            *map(row, CASES),
            "",
        ]
    )
    if not TABLE.exists():
        TABLE.write_text(text, "utf-8")
        pytest.fail(f"{TABLE.name} was written; read it, then run again")
    assert TABLE.read_text("utf-8") == text
