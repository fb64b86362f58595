from studio.app.words import _SPANS, cause_sentence
from studio.model.measures import SpanName, turns
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
