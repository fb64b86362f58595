"""The English words for what the measures say, for the command line; the window has its own, translated."""

from collections.abc import Iterator

from studio.model.measures import SpanName, Turn
from studio.model.terms import Trigger
from studio.model.time import to_ms

_SPANS = {
    SpanName.ENDPOINTING_WAIT: "waited {} ms for silence",
    SpanName.TURN_DETECTION: "{} ms turn detection",
    SpanName.TRANSCRIPTION: "{} ms transcription",
    SpanName.ROUTING: "{} ms routing",
    SpanName.LLM_FIRST_TOKEN: "{} ms LLM first token",
    SpanName.TOOL_CALL: "{} ms tool call",
    SpanName.SENTENCE_AGGREGATION: "waited {} ms for the first clause",
    SpanName.SPEECH_SYNTHESIS: "{} ms speech synthesis",
    SpanName.PLAYOUT: "{} ms playout",
    SpanName.UNATTRIBUTED: "{} ms unattributed",
}


def cause_sentence(turn: Turn) -> str:
    """Why the answer took as long as it did: "812 ms: waited 250 ms for silence, 130 ms LLM first token"."""
    if turn.v2v is None:
        return "not answered aloud"
    causes = [_SPANS[span.name].format(round(to_ms(span.length))) for span in turn.cause()]
    return f"{round(to_ms(turn.v2v))} ms: {', '.join(causes)}" if causes else f"{round(to_ms(turn.v2v))} ms"


def detail_sentence(turn: Turn) -> str:
    """Why the turn ended, and what beginning the reply early saved or cost; empty where nothing is known of that.

    "ended after 160 ms of silence: sure (98%); reply begun 62 ms early; thrown away: 1 begun, 12 tokens, 0 characters"
    """
    return "; ".join(_details(turn))


def _details(turn: Turn) -> Iterator[str]:
    if turn.trigger is Trigger.VENDOR:
        yield "ended by the STT vendor"
    elif turn.trigger is not None and turn.endpoint is not None:
        share = "" if turn.endpoint.probability is None else f" ({turn.endpoint.probability:.0%})"
        yield f"ended after {turn.endpoint.wait_ms:.0f} ms of silence: {turn.endpoint.reason}{share}"
    if any(each.hit for each in turn.speculations):
        yield f"reply begun {to_ms(turn.begun_early):.0f} ms early"
    if missed := turn.thrown_away:
        tokens, characters = sum(each.tokens for each in missed), sum(each.characters for each in missed)
        yield f"thrown away: {len(missed)} begun, {tokens} tokens, {characters} characters"
    if turn.held:
        yield f"false interruptions: {turn.held}"
