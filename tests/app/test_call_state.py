from datetime import date

import pytest

from studio.app.call_state import Activity, CallState
from studio.app.voice_link import CallFailed, CallOver, Message, Priced, Progress
from studio.model.events import (
    AgentAudio,
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    CallEnded,
    ReplyCancelled,
    SpeechStarted,
    StageReady,
    TrackStarted,
    Transcribed,
    TurnCommitted,
    UserAudio,
)
from studio.model.measures import turns
from studio.model.price import Price
from studio.model.provider_events import FellBack, UnitsUsed
from studio.model.terms import CancelReason, Stage, Track, TranscriptKind, Trigger
from studio.model.time import NS_PER_S, Instant
from tests.ui.scripted_call import call

T = Instant(0)
COMMITTED = TurnCommitted(T, 1, "Hi.", Trigger.SILENCE, T, T, T, T)
HEARD = TrackStarted(T, Track.USER, 16_000)
CASES: list[tuple[list[Message], Activity]] = [
    ([], Activity.IDLE),
    ([Progress("x", None, None)], Activity.LOADING),
    ([StageReady(T, Stage.LLM, "a/b", 1.0)], Activity.LOADING),
    ([StageReady(T, Stage.LLM, "a/b", 1.0), HEARD], Activity.LISTENING),
    ([HEARD, SpeechStarted(T, 1, T)], Activity.USER_SPEAKING),
    ([HEARD, SpeechStarted(T, 1, T), COMMITTED], Activity.THINKING),
    ([HEARD, SpeechStarted(T, 1, T), Transcribed(T, 1, TranscriptKind.END, "", T, None)], Activity.LISTENING),
    ([COMMITTED, ReplyCancelled(T, 1, CancelReason.USER_RESUMED)], Activity.LISTENING),
    ([COMMITTED, AgentSpeaking(T, 1, T)], Activity.AGENT_SPEAKING),
    ([COMMITTED, ReplyCancelled(T, 1, CancelReason.STOPPED)], Activity.LISTENING),
    ([COMMITTED, ReplyCancelled(T, 1, CancelReason.USER_RESUMED), SpeechStarted(T, 1, T)], Activity.USER_SPEAKING),
    ([AgentSpeaking(T, 1, T), AgentSilent(T, 1, T, "", False)], Activity.LISTENING),
    ([AgentSpeaking(T, 1, T), AgentSilent(T, 1, T, "Hel", True)], Activity.LISTENING),
    ([AgentSpeaking(T, 0, T), COMMITTED, AgentSilent(T, 0, T, "Hel", True)], Activity.THINKING),
    ([AgentSpeaking(T, 1, T), BargeIn(T, 1, T), AgentSilent(T, 1, T, "", True)], Activity.USER_SPEAKING),
    ([HEARD, CallEnded(T, "hung_up")], Activity.IDLE),
    ([Progress("x", None, 0.5), CallFailed("No.")], Activity.IDLE),
    ([HEARD, CallOver(None, 0)], Activity.IDLE),
]


@pytest.mark.parametrize(("messages", "activity"), CASES)
def test_activity(messages: list[Message], activity: Activity) -> None:
    state = CallState()
    for message in messages:
        state.on_message(message)
    assert state.activity is activity


def test_peaks_are_the_largest_since_the_last_time() -> None:
    state = CallState()
    for peak in (0.2, 0.7, 0.1):
        state.on_message(UserAudio(T, T, 32.0, 0.5, 0.5, peak))
    state.on_message(AgentAudio(T, T, 10.0, 0.3, 0.0))
    assert state.take_peaks() == {Track.USER: 0.7, Track.PLAYED: 0.3}
    assert state.take_peaks() == {}


def test_turns_are_told_when_they_change_with_their_interim_text() -> None:
    state, texts = CallState(), []
    for event in call(8000):
        state.on_message(event)
        texts += [(turn.index, interim) for turn, interim in state.take_changed()]
    assert (1, "Hi,") in texts
    assert texts.index((1, "Hi, I would")) < texts.index((1, None), texts.index((1, "Hi, I would")))
    assert list(state.take_changed()) == []


def test_latencies_are_those_of_the_measures() -> None:
    state, events = CallState(), call()
    for event in events:
        state.on_message(event)
    v2v = [turn.v2v for turn in turns(events) if turn.v2v is not None]
    assert (state.last_v2v, state.v2v.n) == (v2v[-1], 3)
    assert state.v2v.p50 == sorted(v2v)[1] / 1e6


def test_stages_replace_what_is_done_for_all() -> None:
    state = CallState()
    state.on_message(Progress("unpacking", None, 0.1))
    state.on_message(StageReady(T, Stage.VAD, "silero/v6", 60.0))
    assert None not in state.stages
    assert state.stages[Stage.VAD].load_ms == 60.0


def test_what_it_costs_follows_the_units() -> None:
    state = CallState()
    state.on_message(Priced({"acme/ears": Price(as_of=date(2026, 11, 23), audio_minute=0.6)}))
    state.on_message(UnitsUsed(Instant(60 * NS_PER_S), 2, Stage.STT, "acme/ears", audio_ms=6000))
    assert state.cost.usd == state.cost_of(2).usd == pytest.approx(0.06)
    assert state.cost_of(1).usd == 0
    assert state.usd_per_minute == pytest.approx(0.06)


def test_whoever_takes_over_stands_where_the_other_stood() -> None:
    state = CallState()
    state.on_message(StageReady(T, Stage.LLM, "acme/one", 60.0))
    state.on_message(FellBack(T, Stage.LLM, "acme/one", "other/two", "It failed.", "server"))
    assert (state.stages[Stage.LLM].doing, state.stages[Stage.LLM].load_ms) == ("other/two", 60.0)
