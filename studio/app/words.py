"""The English words for what the measures say, for the command line; the window has its own, translated."""

from studio.model.measures import SpanName, Turn
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
