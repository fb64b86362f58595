"""The call in a real process of its own, with scripted parts and a recording."""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from studio.app.voice_link import CallFailed, CallOver, CallRequest, Message, Priced, Progress
from studio.app.voice_process import VoiceProcess, _decode, _encode, _Server
from studio.model.events import AgentSilent, CallEnded, Muted, StageReady, TurnCommitted
from studio.model.terms import Stage
from studio.model.time import Instant
from studio.pipeline.tasks import Tasks
from tests.virtual_call import PRESET, caller

LONGEST_S = 100

pytestmark = pytest.mark.real_time


@pytest.fixture
def link() -> Generator[VoiceProcess]:
    link = VoiceProcess()
    yield link
    link.close()
    assert multiprocessing.active_children() == []


@pytest.fixture
def preset(tmp_path: Path) -> str:
    """An agent of few words: this process is in real time."""
    path = tmp_path / "quick.toml"
    path.write_text(PRESET.read_text().replace('["It is sunny today. Take a hat.", ', '["Yes.", '))
    return str(path)


@pytest.fixture
def short_call(preset: str, tmp_path: Path) -> CallRequest:
    recording = caller(tmp_path / "caller.wav", [(50, 250)], 260)
    return CallRequest(preset, recording=recording, output=tmp_path / "agent.wav")


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
    link: VoiceProcess, short_call: CallRequest, tmp_path: Path
) -> None:
    link.start(short_call)
    first = until(link, over)
    order = [index_of(first, kind) for kind in (Progress, StageReady, TurnCommitted, AgentSilent, CallEnded, CallOver)]
    assert order == sorted(order)
    assert first[-1] == CallOver(None, 0)
    assert link.poll() == []
    assert (tmp_path / "agent.wav").exists()
    [process] = multiprocessing.active_children()

    folder = tmp_path / "session"
    link.start(replace(short_call, record_to=folder))
    second = until(link, over)
    assert not [message for message in second if isinstance(message, Progress)], "what was loaded stayed loaded"
    assert second[-1] == CallOver(str(folder), 0)
    assert [child.pid for child in multiprocessing.active_children()] == [process.pid]


def test_a_call_that_cannot_be_is_told_and_the_next_one_can(link: VoiceProcess, short_call: CallRequest) -> None:
    link.start(CallRequest("nothing"))
    failed, ended = until(link, over)
    assert isinstance(failed, CallFailed)
    assert failed.message.startswith("There is no preset 'nothing'")
    assert ended == CallOver(None, 0)
    link.start(short_call)
    assert any(isinstance(message, AgentSilent) for message in until(link, over))


@pytest.fixture
def long_call(preset: str, tmp_path: Path) -> CallRequest:
    """It takes a minute unless it is ended."""
    recording = caller(tmp_path / "long.wav", [(50, 250)], 60_000)
    return CallRequest(preset, recording=recording, output=tmp_path / "long-agent.wav")


def committed(message: Message) -> bool:
    return isinstance(message, TurnCommitted)


def test_buttons_reach_the_call(link: VoiceProcess, long_call: CallRequest) -> None:
    link.start(long_call)
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


def test_hanging_up_right_after_the_start_is_not_lost(link: VoiceProcess, long_call: CallRequest) -> None:
    link.start(long_call)
    link.hang_up()
    assert over(until(link, over)[-1])


def test_while_a_call_is_held_there_is_no_second_one(link: VoiceProcess, long_call: CallRequest) -> None:
    link.start(long_call)
    link.start(long_call)
    until(link, committed)
    link.hang_up()
    until(link, over)
    time.sleep(0.2)
    assert link.poll() == []


def test_a_killed_process_is_told_once_and_the_next_call_has_a_new_one(
    link: VoiceProcess, short_call: CallRequest, long_call: CallRequest
) -> None:
    link.start(long_call)
    until(link, committed)
    [process] = multiprocessing.active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    last = until(link, lambda message: isinstance(message, CallFailed))[-1]
    assert last == CallFailed("The voice process ended unexpectedly; start the call again.")
    assert link.poll() == []
    link.hang_up()
    link.start(short_call)
    assert any(isinstance(message, AgentSilent) for message in until(link, over))


def test_closing_during_a_call_leaves_no_process_and_a_whole_file(long_call: CallRequest, tmp_path: Path) -> None:
    link = VoiceProcess()
    link.start(long_call)
    until(link, committed)
    link.close()
    assert multiprocessing.active_children() == []
    assert (tmp_path / "long-agent.wav").exists()
    assert not list(tmp_path.glob("*.partial"))


# --- the process's side, in this process -------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        Progress("model.gguf", Stage.LLM, 0.25),
        Progress("model.gguf", None, None),
        CallFailed("There is no microphone."),
        CallOver("sessions/one", 3),
        CallOver(None, 0),
        Muted(Instant(5), True),
    ],
    ids=lambda message: type(message).__name__,
)
def test_messages_go_over_the_pipe_and_back(message: Message) -> None:
    assert _decode(_encode(message)) == message


def as_sent(request: CallRequest) -> object:
    return json.loads(TypeAdapter(CallRequest).dump_json(request))


async def serve(commands: list[tuple[str, object]], last: Callable[[Message], bool]) -> list[Message]:
    """Give commands all at once; returns the messages up to the last one."""
    ours, theirs = multiprocessing.Pipe()
    server = _Server(theirs)
    failures: list[Exception] = []
    tasks = Tasks(lambda _, error: failures.append(error))
    running = tasks.start("server", server.run())
    for command, argument in commands:
        server._obey(command, argument)
    messages = [await asyncio.to_thread(receive, ours)]
    while not last(messages[-1]):
        messages.append(await asyncio.to_thread(receive, ours))
    ours.close()
    await asyncio.wait([running])
    theirs.close()
    assert failures == []
    return messages


def receive(connection: Connection) -> Message:
    assert connection.poll(LONGEST_S)
    return _decode(connection.recv_bytes())


async def test_commands_in_one_breath_are_obeyed_in_order(long_call: CallRequest) -> None:
    """Two starts are one call, and a hang-up that follows at once ends it."""
    start = ("start", as_sent(long_call))
    messages = await serve([start, start, ("mute", True), ("hang_up", None)], over)
    assert len([message for message in messages if over(message)]) == 1
    assert not [message for message in messages if isinstance(message, CallFailed | TurnCommitted)]


async def test_a_bug_ends_the_call_and_is_told_before_its_end(
    short_call: CallRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("studio.app.call.Call.run", fail)
    messages = await serve([("start", as_sent(short_call))], over)
    assert isinstance(messages[0], Priced)
    assert messages[1:] == [CallFailed("ZeroDivisionError: division by zero"), CallOver(None, 0)]
