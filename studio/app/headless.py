"""A call without a window: what `studio talk` does. Prints the conversation, or one JSON object."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.folders import sessions_folder
from studio.app.voice_link import CallRequest, Progress
from studio.app.words import cause_sentence
from studio.audio.devices import SoundSystem
from studio.model.audio import AudioBlock
from studio.model.events import AgentSilent, Event, StageReady, Track, Trouble, TurnCommitted
from studio.model.measures import TurnBook
from studio.model.report import SessionReport, Tally
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.tasks import Tasks
from studio.recording.sessions import new_folder


def talk(request: CallRequest, show: Callable[[str], None], on_progress: Callable[[Progress], None]) -> SessionReport:
    """Hold one call; `show` is told each line of it as it happens, `on_progress` what is loading.

    Raises:
        StudioError: something without which a call cannot be is missing or has failed.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop if request.virtual else None) as runner:
        return runner.run(_talk(request, show, on_progress))


def session_folder(chosen: Path | None, preset: str) -> Path:
    """Where a session that begins now is written.

    `chosen` itself where it is new or empty; a folder named by the time in it where it holds other
    things; in the user's folder of sessions where nothing is chosen.
    """
    name = Path(preset).stem
    if chosen is None:
        return new_folder(sessions_folder(), datetime.now().astimezone(), name)
    with suppress(OSError):
        if not any(chosen.iterdir()):
            return chosen
    return new_folder(chosen, datetime.now().astimezone(), name) if chosen.exists() else chosen


async def _talk(
    request: CallRequest, show: Callable[[str], None], on_progress: Callable[[Progress], None]
) -> SessionReport:
    reader = _Reader(show)
    engines = Engines(on_progress)
    tasks = Tasks(lambda name, error: show(f"{name}: {error}"))
    loop = asyncio.get_running_loop()
    call = Call(request, Surroundings(engines, SoundSystem(), (reader,)))

    def interrupted() -> None:
        loop.remove_signal_handler(signal.SIGINT)  # a second Ctrl+C breaks off
        tasks.start("hang up", call.hang_up())

    try:
        with suppress(NotImplementedError):  # Windows has no signal handlers; there Ctrl+C breaks off at once
            loop.add_signal_handler(signal.SIGINT, interrupted)
        await call.run()
    finally:
        await tasks.close()
        await engines.close()
        if call.session is not None:
            show(f"Session: {call.session}")
    return reader.tally.report(str(call.session) if call.session else None, Path(request.preset).stem)


class _Reader:
    """Shows a call as lines of text, and keeps its tally."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._book = TurnBook()
        self.tally = Tally()

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Sound is not shown."""

    def on_event(self, event: Event) -> None:
        """Show what a person would want to know."""
        self.tally.on_event(event)
        self._book.on_event(event)
        match event:
            case StageReady():
                self._show(f"{event.stage}: {event.provider} ready in {event.load_ms:.0f} ms")
            case TurnCommitted():
                self._show(f"You:   {event.text}")
            case AgentSilent():
                cut = " [cut off]" if event.interrupted else ""
                self._show(f"Agent: {event.heard}{cut}")
                turn = self._book.turn(event.turn)
                if turn is not None and turn.v2v is not None:
                    self._show(f"       {cause_sentence(turn)}")
            case Trouble():
                self._show(f"Trouble ({event.stage}): {event.message}")
            case _:
                pass
