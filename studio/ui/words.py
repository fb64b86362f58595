"""What the words of the model are called on the screen, and how figures are written.

Every text goes through Qt's translation; must not know widgets.
"""

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from studio.app.call_state import Activity
from studio.model.bill import Cost
from studio.model.measures import HANG_UP_MS, NATURAL_MS, Band, SpanName, Turn, band
from studio.model.price import Price
from studio.model.terms import Stage, Trigger
from studio.model.time import to_ms
from studio.timeline.catalog import LaneName

translate = QCoreApplication.translate


def activity(state: Activity) -> str:
    """What is going on, for the state at the top."""
    return {
        Activity.IDLE: translate("Activity", "Ready"),
        Activity.LOADING: translate("Activity", "Getting ready"),
        Activity.LISTENING: translate("Activity", "Listening"),
        Activity.USER_SPEAKING: translate("Activity", "You are speaking"),
        Activity.THINKING: translate("Activity", "Thinking"),
        Activity.AGENT_SPEAKING: translate("Activity", "Agent is speaking"),
    }[state]


def stage(part: Stage) -> str:
    """A part of the pipeline."""
    return {
        Stage.AUDIO: translate("Stage", "Sound"),
        Stage.VAD: translate("Stage", "Voice activity"),
        Stage.TURN: translate("Stage", "Turn detection"),
        Stage.STT: translate("Stage", "Transcription"),
        Stage.LLM: translate("Stage", "Language model"),
        Stage.TTS: translate("Stage", "Voice"),
        Stage.TOOLS: translate("Stage", "Tools"),
        Stage.RECORDER: translate("Stage", "Recorder"),
    }[part]


def lane(name: LaneName) -> str:
    """A lane of the timeline; short, it stands in a narrow column."""
    return {
        LaneName.USER: translate("Lane", "You"),
        LaneName.AGENT: translate("Lane", "Agent"),
        LaneName.VOICE_ACTIVITY: translate("Lane", "Voice activity"),
        LaneName.TURN_END: translate("Lane", "Turn end"),
        LaneName.ENDPOINTING_WAIT: translate("Lane", "Silence wait"),
        LaneName.TURN_DETECTION: translate("Lane", "Turn detection"),
        LaneName.TRANSCRIPTION: translate("Lane", "Transcription"),
        LaneName.UNDERSTOOD: translate("Lane", "Intent, model"),
        LaneName.SPECULATION: translate("Lane", "Begun early"),
        LaneName.LANGUAGE_MODEL: translate("Lane", "Language model"),
        LaneName.TOOL_CALL: translate("Lane", "Tools"),
        LaneName.CLAUSE_WAIT: translate("Lane", "Clause wait"),
        LaneName.SPEECH_SYNTHESIS: translate("Lane", "Voice"),
        LaneName.PLAYOUT: translate("Lane", "Playout"),
        LaneName.INTERRUPTIONS: translate("Lane", "Interruption"),
    }[name]


def span(name: SpanName) -> str:
    """A piece of the wait for an answer."""
    return {
        SpanName.ENDPOINTING_WAIT: translate("Span", "waiting for silence"),
        SpanName.TURN_DETECTION: translate("Span", "turn detection"),
        SpanName.TRANSCRIPTION: translate("Span", "transcription"),
        SpanName.ROUTING: translate("Span", "routing"),
        SpanName.LLM_FIRST_TOKEN: translate("Span", "LLM first token"),
        SpanName.TOOL_CALL: translate("Span", "tool call"),
        SpanName.SENTENCE_AGGREGATION: translate("Span", "waiting for the first clause"),
        SpanName.SPEECH_SYNTHESIS: translate("Span", "speech synthesis"),
        SpanName.PLAYOUT: translate("Span", "playout"),
        SpanName.UNATTRIBUTED: translate("Span", "unattributed"),
    }[name]


def band_name(which: Band) -> str:
    """How a wait feels."""
    return {
        Band.NATURAL: translate("Band", "natural"),
        Band.UNNATURAL: translate("Band", "unnatural"),
        Band.HANG_UP: translate("Band", "people hang up"),
    }[which]


def band_sign(which: Band) -> str:
    """A sign for the band, so that it does not hang on colour."""
    return {Band.NATURAL: "●", Band.UNNATURAL: "▲", Band.HANG_UP: "■"}[which]


def band_of(turn: Turn) -> Band | None:
    """The band of a turn that was answered aloud."""
    return band(to_ms(turn.v2v)) if turn.v2v is not None else None


def band_bounds(which: Band) -> str:
    """The band with its bounds."""
    return {
        Band.NATURAL: translate("Band", "natural: up to {bound} ms").format(bound=f"{NATURAL_MS:.0f}"),
        Band.UNNATURAL: translate("Band", "unnatural: over {bound} ms").format(bound=f"{NATURAL_MS:.0f}"),
        Band.HANG_UP: translate("Band", "people hang up: over {bound} ms").format(bound=f"{HANG_UP_MS:.0f}"),
    }[which]


def milliseconds(value: float | None) -> str:
    """A figure in milliseconds, a dash where there is none."""
    return "–" if value is None else translate("Figure", "{value} ms").format(value=f"{value:.0f}")


def duration(ms: float) -> str:
    """A time in the unit that suits it; takes milliseconds."""
    if ms < 1000:
        return milliseconds(ms)
    return translate("Figure", "{value} s").format(value=f"{ms / 1000:.1f}")


def dollars(value: float) -> str:
    """An amount in US dollars: two digits that say something, however small it is."""
    return f"${value:.2f}" if value >= 0.1 or value == 0 else f"${value:.2g}" if value >= 0.0001 else "<$0.0001"


def prices(price: Price) -> list[str]:
    """What a model costs, a piece for each unit that is billed, and the day that was looked up."""
    units = (
        (price.audio_minute, translate("Price", "{price} a minute")),
        (price.characters_1k, translate("Price", "{price} for 1000 characters")),
        (price.prompt_1m, translate("Price", "{price} for 1M tokens in")),
        (price.written_1m, translate("Price", "{price} for 1M tokens out")),
    )
    told = [text.format(price=f"${value:g}") for value, text in units if value is not None]
    return [*told, translate("Price", "prices of {day}").format(day=price.as_of)] if told else []


def cost_parts(cost: Cost) -> list[str]:
    """What a cost is made of, a line each: the stages, and the prompt's tokens that the vendor's cache had."""
    lines = [f"{stage(part)}: {dollars(usd)}" for part, usd in cost.stages.items() if usd]
    if cost.cache_read_tokens or cost.cache_write_tokens:
        cached = translate(
            "Figure", "Of {all} prompt tokens {read} came from the cache and {kept} were kept; saved: {money}"
        )
        lines.append(
            cached.format(
                all=cost.prompt_tokens,
                read=cost.cache_read_tokens,
                kept=cost.cache_write_tokens,
                money=dollars(cost.cache_saved) if cost.cache_saved >= 0 else f"-{dollars(-cost.cache_saved)}",
            )
        )
    if cost.wasted:
        lines.append(
            translate("Figure", "Of all that, for replies nobody heard: {money}").format(money=dollars(cost.wasted))
        )
    if cost.unpriced:
        lines.append(
            translate("Figure", "No price is known for {names}").format(names=", ".join(sorted(cost.unpriced)))
        )
    return lines


def turn_title(turn: Turn) -> str:
    """What a turn is called; people count from one."""
    if turn.user_start is None and turn.agent_start is not None:
        return translate("Turn", "Greeting")
    return translate("Turn", "Turn {number}").format(number=turn.index + 1)


def cause(turn: Turn) -> str:
    """Why the answer took as long as it did, in one sentence."""
    if turn.v2v is None:
        return ""
    parts = [_piece(piece.name).format(time=milliseconds(to_ms(piece.length))) for piece in turn.cause()]
    return translate("Cause", "{total}: {parts}").format(total=milliseconds(to_ms(turn.v2v)), parts=", ".join(parts))


def _piece(name: SpanName) -> str:
    return {
        SpanName.ENDPOINTING_WAIT: translate("Cause", "waited {time} for silence"),
        SpanName.TURN_DETECTION: translate("Cause", "{time} turn detection"),
        SpanName.TRANSCRIPTION: translate("Cause", "{time} transcription"),
        SpanName.ROUTING: translate("Cause", "{time} routing"),
        SpanName.LLM_FIRST_TOKEN: translate("Cause", "{time} LLM first token"),
        SpanName.TOOL_CALL: translate("Cause", "{time} tool call"),
        SpanName.SENTENCE_AGGREGATION: translate("Cause", "waited {time} for the first clause"),
        SpanName.SPEECH_SYNTHESIS: translate("Cause", "{time} speech synthesis"),
        SpanName.PLAYOUT: translate("Cause", "{time} playout"),
        SpanName.UNATTRIBUTED: translate("Cause", "{time} unattributed"),
    }[name]


def details(turn: Turn) -> str:
    """Why the turn ended when it did, and what came of replies that were begun before: a short phrase each."""
    phrases = (turn_end(turn), worked_ahead(turn), in_vain(turn), held(turn))
    told = "  ·  ".join(phrase for phrase in phrases if phrase)
    return told[:1].upper() + told[1:]


def turn_end(turn: Turn) -> str:
    """After how much silence the turn ended, and why it was that much."""
    if turn.trigger is Trigger.VENDOR:
        return translate("Details", "ended by the STT vendor")
    if turn.trigger is None or turn.endpoint is None:
        return ""
    why = {
        "sure": translate("Details", "ended after {time} of silence: surely over"),
        "unsure": translate("Details", "ended after {time} of silence: not sure it was over"),
        "unfinished words": translate("Details", "ended after {time} of silence: the words sounded unfinished"),
        "slow speaker": translate("Details", "ended after {time} of silence: you pause within turns"),
    }.get(turn.endpoint.reason, translate("Details", "ended after {time} of silence: nothing had judged it"))
    share = turn.endpoint.probability
    return why.format(time=milliseconds(turn.endpoint.wait_ms)) + ("" if share is None else f" ({share:.0%})")


def worked_ahead(turn: Turn) -> str:
    """What was done while the agent still waited, and how much of it by a reply that was begun early."""
    if not turn.saved:
        return ""
    reply = turn.begun_early
    told = translate("Details", "work ahead saved {time}")
    if reply:
        told = translate("Details", "work ahead saved {time} (reply {reply})")
    return told.format(time=milliseconds(to_ms(turn.saved)), reply=milliseconds(to_ms(reply)))


def in_vain(turn: Turn) -> str:
    """What was begun and thrown away."""
    missed = turn.thrown_away
    if not missed:
        return ""
    text = translate("Details", "thrown away: {count} begun, {tokens} tokens, {characters} characters of voice")
    tokens, characters = sum(each.tokens for each in missed), sum(each.characters for each in missed)
    return text.format(count=len(missed), tokens=tokens, characters=characters)


def held(turn: Turn) -> str:
    """How often the agent paused for nothing."""
    return translate("Details", "false interruptions: {count}").format(count=turn.held) if turn.held else ""


def clock(nanoseconds: int) -> str:
    """Minutes and seconds."""
    minutes, seconds = divmod(nanoseconds // 1_000_000_000, 60)
    return f"{minutes:02d}:{seconds:02d}"


def key(keys: Qt.Key | QKeyCombination) -> str:
    """The name of a key as the keyboard shows it."""
    name = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return "?" if name.endswith("?") else name
