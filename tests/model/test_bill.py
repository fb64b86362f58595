from datetime import date

import pytest

from studio.model.bill import Bill
from studio.model.events import ReplyText
from studio.model.price import Price
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import NS_PER_S, Instant

AS_OF = date(2026, 11, 23)
PRICES = {
    "ears/one": Price(as_of=AS_OF, audio_minute=0.06),
    "mind/one": Price(as_of=AS_OF, prompt_1m=10.0, cache_read_1m=1.0, written_1m=20.0),
    "voice/one": Price(as_of=AS_OF, characters_1k=0.1),
}


def at(seconds: float) -> Instant:
    return Instant(round(seconds * NS_PER_S))


def call() -> Bill:
    bill = Bill(PRICES)
    bill.on_event(UnitsUsed(at(4), 0, Stage.STT, "ears/one", audio_ms=4000))
    mind = UnitsUsed(at(5), 0, Stage.LLM, "mind/one", prompt_tokens=1000, cache_read_tokens=400, written_tokens=50)
    bill.on_event(mind)
    bill.on_event(UnitsUsed(at(5), 0, Stage.TTS, "voice/one", characters=20))
    bill.on_event(UnitsUsed(at(9), 1, Stage.TTS, "voice/two", characters=20))
    bill.on_event(ReplyText(at(30), 1, "Good."))
    return bill


def test_each_turn_and_the_call_by_stage() -> None:
    bill = call()
    assert bill.turn(0).stages == pytest.approx({Stage.STT: 0.004, Stage.LLM: 0.0074, Stage.TTS: 0.002})
    assert bill.turn(0).usd == bill.total.usd == pytest.approx(0.0134)
    assert bill.minutes == 0.5
    assert bill.usd_per_minute == pytest.approx(0.0268)


def test_what_the_cache_held_and_saved_is_told() -> None:
    cost = call().turn(0)
    assert (cost.prompt_tokens, cost.cache_read_tokens) == (1000, 400)
    assert cost.cache_saved == pytest.approx(0.0036)


def test_what_has_no_price_is_named_and_not_counted() -> None:
    bill = call()
    assert bill.turn(1).usd == 0
    assert bill.total.unpriced == {"voice/two"}


def test_a_call_that_has_hardly_begun_has_no_price_a_minute() -> None:
    assert Bill().usd_per_minute is None
    assert Bill().turn(3).usd == 0
