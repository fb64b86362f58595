"""A call put together from a preset, a recording and files; the devices are tested in tests/audio."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.voice_link import CallRequest
from studio.audio.devices import SoundSystem
from studio.model.errors import SessionError, StudioError
from studio.model.events import CallEnded, Muted, RecordingSwitched, StageReady, TurnCommitted
from studio.model.preset import Preset, Role
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.tasks import Tasks
from studio.recording.reader import open_session
from tests.virtual_call import PRESET, Held, caller


@pytest.fixture
def request_of_call(tmp_path: Path) -> CallRequest:
    recording = caller(tmp_path / "caller.wav", [(500, 1500)], 2000)
    return CallRequest(str(PRESET), recording=recording, virtual=True)


def nothing(_call: Call) -> None:
    pass


def hold(request: CallRequest, before: Callable[[Call], object] = nothing, after_s: float | None = None) -> Held:
    """Hold a call; `before` it, or `after_s` seconds of it, something is done."""

    async def run() -> Held:
        held = Held()
        engines = Engines(lambda _: None)
        call = Call(request, Surroundings(engines, SoundSystem(), (held,)))
        if after_s is None:
            outcome = before(call)
            if asyncio.iscoroutine(outcome):
                await outcome
        else:
            asyncio.get_running_loop().call_later(after_s, before, call)
        try:
            await call.run()
        except StudioError as error:
            held.error = error
        finally:
            await engines.close()
        held.tasks_left = len(asyncio.all_tasks()) - 1
        return held

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(run())


def test_a_recordings_call_ends_when_it_was_answered(request_of_call: CallRequest) -> None:
    held = hold(request_of_call)
    assert [event.stage.value for event in held.of(StageReady)] == ["vad", "turn", "stt", "llm", "tts"]
    assert held.heard == ["It is sunny today. Take a hat."]
    assert held.reason == "input_ended"
    assert held.events[-1].at < 5_000_000_000
    assert held.tasks_left == 0


def test_an_agent_that_does_not_end_is_cut_off_after_a_minute(tmp_path: Path) -> None:
    preset = tmp_path / "endless.toml"
    preset.write_text(PRESET.read_text().replace("character_ms = 30.0", "character_ms = 9000.0"))
    recording = caller(tmp_path / "caller.wav", [(500, 1500)], 2000)
    held = hold(CallRequest(str(preset), recording=recording, virtual=True))
    assert held.reason == "input_ended"
    assert 62_000_000_000 <= held.events[-1].at < 63_000_000_000


def test_hung_up_before_it_began_nothing_happens(request_of_call: CallRequest, tmp_path: Path) -> None:
    request = replace(request_of_call, record_to=tmp_path / "session", output=tmp_path / "agent.wav")
    held = hold(request, lambda call: call.hang_up())
    assert held.events == []
    assert {path.name for path in tmp_path.iterdir()} == {"caller.wav"}


def test_hung_up_while_it_loads_nothing_happens(
    request_of_call: CallRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(_engines: Engines, _preset: Preset) -> list[StageReady]:
        await asyncio.sleep(3600)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(Engines, "load", load)
    sessions: list[Path | None] = []

    def hang_up(call: Call) -> None:
        sessions.append(call.session)
        hanging_up.start("hang up", call.hang_up())

    hanging_up = Tasks(lambda _name, _error: None)
    held = hold(replace(request_of_call, record_to=tmp_path / "session"), hang_up, after_s=2.0)
    assert held.events == []
    assert held.error is None
    assert sessions == [None]
    assert not (tmp_path / "session").exists()


def test_switched_off_while_it_loads_no_sound_is_recorded(request_of_call: CallRequest, tmp_path: Path) -> None:
    request = replace(request_of_call, record_to=tmp_path / "session")
    hold(request, lambda call: call.record_audio(False))
    assert not open_session(tmp_path / "session").header.audio


def test_muted_while_it_loads_nothing_is_heard(request_of_call: CallRequest) -> None:
    held = hold(request_of_call, lambda call: call.mute(True))
    assert [event.on for event in held.of(Muted)] == [True]
    assert not held.of(TurnCommitted)


def test_switching_the_recording_of_sound_is_an_event(request_of_call: CallRequest, tmp_path: Path) -> None:
    request = replace(request_of_call, record_to=tmp_path / "session")
    held = hold(request, lambda call: call.record_audio(False), after_s=1.0)
    assert [event.on for event in held.of(RecordingSwitched)] == [False]
    session = open_session(tmp_path / "session")
    assert [event for event in session.events if isinstance(event, RecordingSwitched)] == held.of(RecordingSwitched)


def test_the_session_holds_every_event_and_the_preset_as_it_was_used(
    request_of_call: CallRequest, tmp_path: Path
) -> None:
    uses = ((Role.TTS, "scripted/other"),)
    held = hold(replace(request_of_call, overrides=uses, record_to=tmp_path / "session"))
    session = open_session(tmp_path / "session")
    assert list(session.events) == held.events
    assert session.header.preset["tts"] == {
        "use": "scripted/other",
        "fallback": [],
        "character_ms": 30.0,
    }


def test_a_session_that_cannot_be_written_is_told(request_of_call: CallRequest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    held = hold(replace(request_of_call, record_to=tmp_path / "file" / "session"))
    assert isinstance(held.error, SessionError)
    assert held.tasks_left == 0


def test_the_microphones_buttons_mean_nothing_to_a_recording(request_of_call: CallRequest) -> None:
    plain = hold(request_of_call)

    def press(call: Call) -> None:
        call.mute(False)
        call.stop_agent()

    pressed = hold(request_of_call, press, after_s=0.2)
    assert pressed.committed == plain.committed


def test_the_output_is_as_long_as_the_call(request_of_call: CallRequest, tmp_path: Path) -> None:
    held = hold(replace(request_of_call, output=tmp_path / "agent.wav"))
    [ended], info = held.of(CallEnded), soundfile.info(tmp_path / "agent.wav")
    assert abs(info.duration - ended.at / 1e9) <= 0.02
    assert len(held.of(TurnCommitted)) == 1
