"""Who holds the floor: one pure state machine, `(state, input, now) -> (state, decisions)`.

It never waits and has no clock: silence and speech are counted in audio, so a late frame cannot end a
turn early, and every timer is a field of `TurnTaking`. It knows nothing of stages, engines or sound;
`conversation.py` feeds it and obeys it. A user who goes on before the answer was heard takes the turn
back: the reply is cancelled and the words are joined. A user who makes a sound while the agent speaks has it pause;
whether that was an interruption is decided by what they said.
"""

from dataclasses import replace

from studio.model.terms import FalseInterruption, Trigger
from studio.model.time import NS_PER_MS, Instant
from studio.pipeline import words
from studio.pipeline.endpointing import Endpoint, Evidence, endpoint
from studio.pipeline.floor import (
    Agent,
    CancelReply,
    Commit,
    Decision,
    Dismiss,
    Draft,
    DropDraft,
    ExpectEnd,
    FinalWords,
    Frame,
    HearSpeech,
    Hold,
    Input,
    Interrupt,
    Pause,
    ReplyAudible,
    ReplyBegins,
    ReplyOver,
    Resume,
    Rules,
    State,
    TurnEndProbability,
    User,
    VendorEager,
    VendorEnd,
    VendorResume,
    Wait,
    WordsSoFar,
)

_LISTENER = 2
"""Who says nothing but `mm-hm` over the agent is given so many times `interruption_ms`."""

Step = tuple[State, list[Decision]]


def step(state: State, event: Input, now: Instant, rules: Rules) -> Step:
    """What follows from an input that came in at `now`."""
    match event:
        case Frame(speech=speech):
            if state.protected and state.agent in (Agent.THINKING, Agent.SPEAKING):
                speech = False
            return _speech(state, event.length_ns, rules) if speech else _silence(state, event.length_ns, now, rules)
        case TurnEndProbability(pause=pause, probability=probability):
            if pause != state.pause or state.user is not User.PAUSING:
                return state, []
            return _weigh(replace(state, end_probability=probability), now, rules)
        case WordsSoFar(text=text):
            return _hear_words(state, text, now, rules)
        case FinalWords(pause=pause, text=text):
            if pause != state.pause or state.user is not User.PAUSING:
                return state, []
            return _final(state, text, now, rules)
        case VendorEager(text=text):
            return _hear_words(replace(state, vendor_eager=True), text, now, rules)
        case VendorResume():
            return _weigh(replace(state, vendor_eager=False), now, rules)
        case VendorEnd(text=text):
            return _vendor_end(state, text, now, rules)
        case ReplyBegins(protected=protected):
            return replace(state, agent=Agent.THINKING, protected=protected), []
        case ReplyAudible():
            return (replace(state, agent=Agent.SPEAKING) if state.agent is Agent.THINKING else state), []
        case ReplyOver():
            return replace(state, agent=Agent.IDLE, protected=False), []


# --- sound ---------------------------------------------------------------------------------------


def _speech(state: State, length_ns: int, rules: Rules) -> Step:
    timers = rules.timers
    heard = state.speech_ns + length_ns
    gap = state.silence_ns or state.gap_ns
    state = replace(state, speech_ns=heard, silence_ns=0, gap_ns=gap, heard_out=False)
    if state.user is User.SPEAKING:
        if state.over_agent:
            state = replace(state, overlap_ns=state.overlap_ns + length_ns)
        if state.agent is not Agent.HELD:
            return state, []
        listening = words.is_backchannel(state.so_far)
        if state.overlap_ns < timers.interruption_ms * NS_PER_MS * (_LISTENER if listening else 1):
            return state, []
        return replace(state, agent=Agent.IDLE), [Interrupt()]
    needed_ms = timers.barge_in_ms if state.over_agent else timers.speech_ms
    if state.user is User.SILENT and heard < needed_ms * NS_PER_MS:
        return state, []
    decisions: list[Decision] = [HearSpeech(heard)]
    if state.agent is Agent.SPEAKING and state.user is User.SILENT and not timers.barge_in_words:
        return replace(_fresh(state, User.SPEAKING), agent=Agent.HELD, overlap_ns=heard), [Hold(), *decisions]
    if state.over_agent:
        return replace(_fresh(state, User.SPEAKING), overlap_ns=state.overlap_ns + heard), decisions
    if state.agent is Agent.THINKING:
        decisions.insert(0, CancelReply())
        state = replace(state, agent=Agent.IDLE)
    if state.user is User.PAUSING or CancelReply() in decisions:
        state = replace(state, pace_ns=max(gap, state.pace_ns * 4 // 5))
    return _fresh(state, User.SPEAKING), decisions


def _fresh(state: State, user: User) -> State:
    """`state` with nothing known of a pause."""
    return replace(
        state,
        user=user,
        silence_met=None,
        over=None,
        over_at=None,
        end_probability=None,
        vendor_eager=False,
        endpoint=None,
        words=None,
    )


def _next_turn(state: State, user: User = User.SILENT) -> State:
    """`state` with nothing known of a turn."""
    return replace(_fresh(state, user), speech_ns=0, gap_ns=0, overlap_ns=0, so_far="", drafted=None, drafts=0)


def _silence(state: State, length_ns: int, now: Instant, rules: Rules) -> Step:
    timers = rules.timers
    silence = state.silence_ns + length_ns
    state = replace(state, speech_ns=0, silence_ns=silence)
    if state.user is User.SILENT:
        return state, []
    decisions: list[Decision] = []
    soonest = timers.soonest_ms * NS_PER_MS
    if state.user is User.SPEAKING and silence >= min(timers.eager_ms * NS_PER_MS, soonest):
        state = replace(state, user=User.PAUSING, pause=state.pause + 1)
        decisions.append(ExpectEnd(state.pause))
        if rules.speculation.partial_words and state.heard_out:  # else the last word is still on its way
            state, drafted = _draft(state, state.so_far, False, rules)
            decisions += drafted
    if state.user is User.PAUSING and state.silence_met is None and silence >= soonest:
        state = replace(state, silence_met=now)
        decisions.append(Pause(silence))
    was_a_voice = state.overlap_ns >= timers.speech_ms * NS_PER_MS  # else a click: there will be no words to wait for
    resume_ms = timers.resume_ms if was_a_voice else min(timers.eager_ms, timers.resume_ms)
    if state.over_agent and state.words is None and silence >= resume_ms * NS_PER_MS:
        state, resumed = _resume(state, FalseInterruption.NO_WORDS, "")
        return state, decisions + resumed
    state, concluded = _weigh(state, now, rules)
    return state, decisions + concluded


# --- words ---------------------------------------------------------------------------------------


def _hear_words(state: State, text: str, now: Instant, rules: Rules) -> Step:
    state = replace(state, heard_out=state.silence_ns > 0)
    if not text or state.user is User.SILENT or state.words is not None:
        return replace(state, so_far=text), []
    state = replace(state, so_far=text)
    decisions: list[Decision] = []
    if state.drafted is not None and words.normalised(text) != state.drafted:
        state, decisions = replace(state, drafted=None), [DropDraft()]
    if state.over_agent:
        if _false_interruption(text, rules) is None:
            return replace(state, agent=Agent.IDLE), [*decisions, Interrupt()]
        return state, decisions
    if state.user is User.PAUSING and (rules.speculation.partial_words or state.vendor_eager):
        state, drafted = _draft(state, text, False, rules)
        decisions += drafted
    state, concluded = _weigh(state, now, rules)
    return state, decisions + concluded


def _final(state: State, text: str, now: Instant, rules: Rules) -> Step:
    state = _reconsider(replace(state, words=text, so_far=text), rules)
    decisions: list[Decision] = []
    if state.over_agent:
        if (cause := _false_interruption(text, rules)) is not None:
            return _resume(state, cause, text)
        state = replace(state, agent=Agent.IDLE)
        decisions.append(Interrupt())
    weighed, concluded = _weigh(state, now, rules)
    if weighed.user is not User.PAUSING:
        return weighed, decisions + concluded
    drafting, drafted = _draft(weighed, text, True, rules)
    return drafting, decisions + concluded + drafted


def _vendor_end(state: State, text: str, now: Instant, rules: Rules) -> Step:
    if state.user is not User.PAUSING or state.over is not None or not text or not rules.timers.vendor_end:
        return state, []
    decisions: list[Decision] = [] if state.silence_met is not None else [Pause(state.silence_ns)]
    if state.over_agent:
        if (cause := _false_interruption(text, rules)) is not None:
            return _resume(state, cause, text)
        decisions.append(Interrupt())
        state = replace(state, agent=Agent.IDLE)
    met = state.silence_met if state.silence_met is not None else now
    state = replace(state, silence_met=met, over=Trigger.VENDOR, over_at=now, words=text, so_far=text)
    state, concluded = _conclude(state)
    return state, decisions + concluded


def _false_interruption(text: str, rules: Rules) -> FalseInterruption | None:
    """Why these words do not stop the agent; None: they do."""
    if not words.count(text):
        return FalseInterruption.NO_WORDS
    if words.is_backchannel(text):
        return FalseInterruption.BACKCHANNEL
    if words.count(text) < rules.timers.barge_in_words:
        return FalseInterruption.TOO_FEW_WORDS
    return None


def _resume(state: State, cause: FalseInterruption, text: str) -> Step:
    return replace(_next_turn(state), agent=Agent.SPEAKING), [Resume(cause, text)]


# --- the turn's end ------------------------------------------------------------------------------


def _draft(state: State, text: str, final: bool, rules: Rules) -> Step:
    """Begin a reply on speculation, where that is wanted, the words are new and they do not sound unfinished."""
    wanted = rules.speculation.reply and state.drafts < rules.speculation.tries
    known = state.endpoint
    doubtful = known is not None and known.probability is not None and known.reason != "sure" and not final
    said = words.normalised(text)
    if not wanted or not said or said == state.drafted or doubtful or words.cue(text) < 0:
        return state, []
    if state.agent is not Agent.IDLE or state.over is not None:
        return state, []
    return replace(state, drafted=said, drafts=state.drafts + 1), [Draft(text, final)]


def _weigh(state: State, now: Instant, rules: Rules) -> Step:
    """The wait that fits to what is known, and the turn's end when it has been waited for."""
    if state.user is not User.PAUSING or state.over is not None:
        return _conclude(state)
    fits = _fits(state, rules)
    decisions: list[Decision] = [] if fits == state.endpoint else [Wait(fits)]
    state = replace(state, endpoint=fits)
    if state.silence_ns < fits.wait_ns or state.silence_met is None:
        return state, decisions
    soonest = rules.timers.soonest_ms * NS_PER_MS
    # The wait that led to this end is what the turn shows: the short one had passed before a sure judgement came.
    met = state.silence_met if fits.wait_ns <= soonest else now
    trigger = Trigger.TURN_DETECTOR if fits.reason == "sure" else Trigger.SILENCE
    state, concluded = _conclude(replace(state, silence_met=met, over=trigger, over_at=now))
    return state, decisions + concluded


def _fits(state: State, rules: Rules) -> Endpoint:
    known = Evidence(state.end_probability, state.words or state.so_far, state.vendor_eager, state.pace_ns)
    return endpoint(known, rules.timers)


def _reconsider(state: State, rules: Rules) -> State:
    """A turn that was over by what was known is not if its final words are unfinished."""
    ours = state.over in (Trigger.TURN_DETECTOR, Trigger.SILENCE)
    unfinished = words.cue(state.so_far) < 0 and state.silence_ns < _fits(state, rules).wait_ns
    return replace(state, over=None, over_at=None) if ours and unfinished else state


def _conclude(state: State) -> Step:
    """Answer once the turn is over and its words are there."""
    if state.over is None or state.over_at is None or state.silence_met is None or state.words is None:
        return state, []
    if state.over_agent:
        return state, []  # decided by the words, before this
    following = _next_turn(state)
    if not state.words:
        return following, [Dismiss()]
    commit = Commit(state.words, state.over, state.silence_met, state.over_at)
    return replace(following, agent=Agent.THINKING), [commit]
