from dataclasses import replace

from studio.app.words import _SPANS, cause_sentence, detail_sentence
from studio.model.measures import SpanName, Speculation, turns
from studio.model.terms import Trigger
from studio.model.time import Duration, Instant, milliseconds
from studio.model.turn_events import EndpointSet
from tests.model.test_measures import exchange


def test_every_wait_has_its_words() -> None:
    assert set(_SPANS) == set(SpanName)


def test_why_an_answer_took_as_long_as_it_did() -> None:
    [turn] = turns(exchange())
    assert cause_sentence(turn) == (
        "600 ms: waited 160 ms for silence, 135 ms speech synthesis, 100 ms playout, 95 ms LLM first token, "
        "waited 60 ms for the first clause, 30 ms transcription"
    )


def test_a_turn_that_nobody_answered() -> None:
    [turn] = turns(exchange()[:4])
    assert cause_sentence(turn) == "not answered aloud"


def test_why_a_turn_ended_and_what_was_begun_early() -> None:
    [plain] = turns(exchange())
    assert detail_sentence(plain) == ""
    turn = replace(
        plain,
        endpoint=EndpointSet(Instant(0), 0, 160.0, 0.98, 0.9, 1.0, "sure"),
        speculations=(
            Speculation(Instant(0), Instant(5), False, Duration(0), 12, 30),
            Speculation(Instant(5), Instant(9), True, milliseconds(62), 0, 0),
            Speculation(Instant(9), None, False, Duration(0), 0, 0),
        ),
        held=2,
    )
    assert detail_sentence(turn) == (
        "ended after 160 ms of silence: sure (98%); reply begun 62 ms early; "
        "thrown away: 1 begun, 12 tokens, 30 characters; false interruptions: 2"
    )
    assert detail_sentence(replace(plain, trigger=Trigger.VENDOR)) == "ended by the STT vendor"
