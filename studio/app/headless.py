"""A call without a window: what `studio talk` does. Prints the conversation, or one JSON object."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.insight_words import insight_lines
from studio.app.sessions import cost_line
from studio.app.voice_link import CallRequest, Progress
from studio.app.words import cause_sentence, detail_sentence
from studio.audio.devices import SoundSystem
from studio.model.audio import AudioBlock
from studio.model.events import AgentSilent, Event, StageReady, Trouble, TurnCommitted
from studio.model.price import Price
from studio.model.provider_events import FellBack, Retried, ToolAnswered
from studio.model.report import SessionReport, Tally
from studio.model.terms import Track
from studio.pipeline.bus import Subscriber
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Screen:
    """Who is told of a call as it happens."""

    line: Callable[[str], None]
    """Each line of the conversation."""
    trouble: Callable[[str], None]
    """What failed."""
    progress: Callable[[Progress], None]
    """What is loading."""


def talk(request: CallRequest, screen: Screen) -> SessionReport:
    """Hold one call.

    Raises:
        StudioError: something without which a call cannot be is missing or has failed.
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop if request.virtual else None) as runner:
        return runner.run(_talk(request, screen))


async def _talk(request: CallRequest, screen: Screen) -> SessionReport:
    engines = Engines(screen.progress)
    tasks = Tasks(lambda name, error: screen.trouble(f"{name}: {error}"))
    loop = asyncio.get_running_loop()
    readers: list[Subscriber] = []
    call = Call(request, Surroundings(engines, SoundSystem(), readers))
    reader = _Reader(screen, call.prices)
    readers.append(reader)

    def interrupted(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)  # a second one breaks off
        tasks.start("hang up", call.hang_up())

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows has no signal handlers; there Ctrl+C breaks off at once
                loop.add_signal_handler(number, interrupted, number)
        await call.run()
    finally:
        await tasks.close()
        await engines.close()
        if call.session is not None:
            screen.line(f"Session: {call.session}")
    report = reader.tally.report(str(call.session) if call.session else None, Path(request.preset).stem)
    screen.line(f"Cost: {cost_line(report.cost)}")
    return report


class _Reader:
    """Shows a call as lines of text, and keeps its tally."""

    def __init__(self, screen: Screen, prices: Mapping[str, Price]) -> None:
        self._show = screen.line
        self._complain = screen.trouble
        self.tally = Tally(prices)

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Sound is not shown."""

    def on_event(self, event: Event) -> None:
        """Show what a person would want to know."""
        self.tally.on_event(event)
        match event:
            case StageReady():
                self._show(f"{event.stage}: {event.provider} ready in {event.load_ms:.0f} ms")
            case TurnCommitted():
                self._show(f"You:   {event.text}")
            case AgentSilent():
                cut = " [cut off]" if event.interrupted else ""
                self._show(f"Agent: {event.heard}{cut}")
                turn = self.tally.turn(event.turn)
                if turn is not None and turn.v2v is not None:
                    self._show(f"       {cause_sentence(turn)}")
                    if details := detail_sentence(turn):
                        self._show(f"       {details}")
                self._show_insight(event.turn)
            case Retried():
                self._complain(f"{event.stage}: {event.reason} Asking again.")
            case FellBack():
                self._complain(f"{event.stage}: {event.reason} {event.to} takes over.")
            case ToolAnswered():
                self._show(f"Tool:  {event.tool}: {event.answer}")
            case Trouble():
                self._complain(f"Trouble ({event.stage}): {event.message}")
            case _:
                pass

    def _show_insight(self, turn: int) -> None:
        if (report := self.tally.turn_report(turn)) is not None:
            for line in insight_lines(report):
                self._show(f"       {line}")
