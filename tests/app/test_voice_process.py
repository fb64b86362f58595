"""The call in a real process of its own, with scripted parts and a recording."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from studio.app.voice_link import CallFailed, CallOver, CallRequest, Message, Progress
from studio.app.voice_process import VoiceProcess
from studio.model.events import AgentSilent, CallEnded, Muted, StageReady, TurnCommitted
from tests.virtual_call import PRESET, caller

LONGEST_S = 30


@pytest.fixture
def link() -> Generator[VoiceProcess]:
    link = VoiceProcess()
    yield link
    link.close()
    assert multiprocessing.active_children() == []


@pytest.fixture
def request_of_call(tmp_path: Path) -> CallRequest:
    recording = caller(tmp_path / "caller.wav", [(300, 900)], 1000)
    return CallRequest(str(PRESET), recording=recording, output=tmp_path / "agent.wav", virtual=True)


def over(message: Message) -> bool:
    return isinstance(message, CallOver)


def until(link: VoiceProcess, wanted: Callable[[Message], bool]) -> list[Message]:
    """All messages up to the one that is wanted."""
    messages: list[Message] = []
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        for message in link.poll():
            messages.append(message)
            if wanted(message):
                return messages
        time.sleep(0.01)
    pytest.fail(f"it did not come; these did: {messages[-5:]}")


def index_of(messages: list[Message], kind: type) -> int:
    return next(index for index, message in enumerate(messages) if isinstance(message, kind))


def test_two_calls_in_one_process_each_told_in_order(
    link: VoiceProcess, request_of_call: CallRequest, tmp_path: Path
) -> None:
    link.start(request_of_call)
    first = until(link, over)
    order = [index_of(first, kind) for kind in (Progress, StageReady, TurnCommitted, AgentSilent, CallEnded, CallOver)]
    assert order == sorted(order)
    assert first[-1] == CallOver(None, 0)
    assert link.poll() == []
    assert (tmp_path / "agent.wav").exists()
    [process] = multiprocessing.active_children()

    folder = tmp_path / "session"
    recorded = CallRequest(str(PRESET), recording=request_of_call.recording, record_to=folder, virtual=True)
    link.start(recorded)
    second = until(link, over)
    assert not [message for message in second if isinstance(message, Progress)], "what was loaded stayed loaded"
    assert second[-1] == CallOver(str(folder), 0)
    assert [child.pid for child in multiprocessing.active_children()] == [process.pid]


def test_a_call_that_cannot_be_is_told_and_the_next_one_can(link: VoiceProcess, request_of_call: CallRequest) -> None:
    link.start(CallRequest("nothing"))
    failed, ended = until(link, over)
    assert isinstance(failed, CallFailed)
    assert failed.message.startswith("There is no preset 'nothing'")
    assert ended == CallOver(None, 0)
    link.start(request_of_call)
    assert any(isinstance(message, AgentSilent) for message in until(link, over))


def in_real_time(folder: Path) -> CallRequest:
    """A call that takes a minute unless it is ended."""
    recording = caller(folder / "long.wav", [(300, 900)], 60_000)
    return CallRequest(str(PRESET), recording=recording, output=folder / "long-agent.wav")


def committed(message: Message) -> bool:
    return isinstance(message, TurnCommitted)


def test_buttons_reach_the_call(link: VoiceProcess, tmp_path: Path) -> None:
    link.start(in_real_time(tmp_path))
    until(link, committed)
    link.mute(True)
    link.stop_agent()
    link.record_audio(False)
    link.use_microphone("nobody")  # a recording is not changed
    link.use_speaker(None)
    link.hang_up()
    messages = until(link, over)
    assert [message.on for message in messages if isinstance(message, Muted)] == [True]
    assert [message.reason for message in messages if isinstance(message, CallEnded)] == ["hung_up"]
    assert not [message for message in messages if isinstance(message, CallFailed)]


def test_hanging_up_right_after_the_start_is_not_lost(link: VoiceProcess, tmp_path: Path) -> None:
    link.start(in_real_time(tmp_path))
    link.hang_up()
    assert over(until(link, over)[-1])


def test_while_a_call_is_held_there_is_no_second_one(link: VoiceProcess, tmp_path: Path) -> None:
    request = in_real_time(tmp_path)
    link.start(request)
    link.start(request)
    until(link, committed)
    link.hang_up()
    until(link, over)
    time.sleep(0.2)
    assert link.poll() == []


def test_a_killed_process_is_told_once_and_the_next_call_has_a_new_one(
    link: VoiceProcess, request_of_call: CallRequest, tmp_path: Path
) -> None:
    link.start(in_real_time(tmp_path))
    until(link, committed)
    [process] = multiprocessing.active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    last = until(link, lambda message: isinstance(message, CallFailed))[-1]
    assert last == CallFailed("The voice process ended unexpectedly; start the call again.")
    assert link.poll() == []
    link.hang_up()
    link.start(request_of_call)
    assert any(isinstance(message, AgentSilent) for message in until(link, over))


def test_closing_during_a_call_leaves_no_process_and_a_whole_file(tmp_path: Path) -> None:
    link = VoiceProcess()
    link.start(in_real_time(tmp_path))
    until(link, committed)
    link.close()
    assert multiprocessing.active_children() == []
    assert (tmp_path / "long-agent.wav").exists()
    assert not list(tmp_path.glob("*.partial"))
