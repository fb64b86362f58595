"""Keeps the agent's own voice, where it comes back through the microphone, from counting as the user's.

Must not know what follows from speech.
"""

from studio.model.audio import LISTENING_RATE_HZ, AudioBlock
from studio.model.time import later, milliseconds, of_samples
from studio.model.turn_events import EchoSuspected
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.echo_check import ECHO_LIKENESS, EchoCheck
from studio.pipeline.floor import Agent, State, User
from studio.pipeline.stages.listen import Listen

_COMPARED = milliseconds(300)
"""How much of the user's sound is compared with what was played."""


class OwnVoice:
    """Compares what is heard with what was played, where it matters which of the two it is."""

    def __init__(self, listen: Listen, clock: Clock, bus: Bus) -> None:
        self._listen = listen
        self._clock = clock
        self._bus = bus
        self._check = EchoCheck()

    def played(self, block: AudioBlock, rate_hz: int) -> None:
        """The next block that was played."""
        self._check.played(block, rate_hz)

    def returns(self, state: State, turn: int) -> bool:
        """Whether the newest frame, which is speech, is the agent's voice of `turn`.

        Looked into, in 2 ms, only where speech could stop the agent, and did not yet.
        """
        if state.agent is not Agent.SPEAKING or state.protected or state.user is not User.SILENT:
            return False
        heard = self._listen.since(later(self._listen.end, -_COMPARED))
        found = self._check.compare(heard, later(self._listen.end, -of_samples(heard.size, LISTENING_RATE_HZ)))
        if found.likeness < ECHO_LIKENESS:
            return False
        likeness, delay_ms = round(found.likeness, 3), round(found.delay_ms, 1)
        self._bus.publish(EchoSuspected(self._clock.now(), turn, likeness, delay_ms))
        return True
