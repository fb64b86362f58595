import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.terms import Level
from studio.pipeline.routing.router import Router, took_ms
from tests.pipeline.routing.trained import TRAINED


@pytest.mark.parametrize(
    ("text", "level", "reason"),
    [
        ("What time do you close today?", Level.SIMPLE, "asks for a fact"),
        ("Thanks, goodbye!", Level.SIMPLE, "few words"),
        ("Compare the two loans and explain step by step which is cheaper and why", Level.COMPLEX, "asks to compare"),
        ("이 두 대출을 비교해서 왜 어느 쪽이 더 유리한지 단계별로 설명해 주세요", Level.COMPLEX, "asks to compare"),
        ("영업시간이 언제예요?", Level.SIMPLE, "asks for a fact"),
    ],
)
def test_the_level_comes_with_what_speaks_for_it(text: str, level: Level, reason: str) -> None:
    found, why = Router(TRAINED.levels).route(text)
    assert found is level
    assert reason in why
    assert why.endswith("% sure)")


def test_a_preset_may_decide_once_for_all() -> None:
    assert Router(TRAINED.levels, Level.COMPLEX).route("Hi.") == (Level.COMPLEX, "the preset always says so")


@given(st.text(max_size=300))
def test_anything_that_is_said_has_a_level_and_a_reason_on_one_line(text: str) -> None:
    level, reason = Router(TRAINED.levels).route(text)
    assert level in Level
    assert reason
    assert "\n" not in reason


def test_it_takes_less_than_ten_milliseconds() -> None:
    """The promise; `python -m benchmarks.routing` has the figures, which are about a tenth of it."""
    router = Router(TRAINED.levels)
    texts = [f"I would like to know how much the ticket number {n} costs and why it is dearer" for n in range(200)]
    took = []
    for text in texts:
        began = time.perf_counter()
        router.route(text)
        took.append(took_ms(began))
    assert float(np.percentile(took, 95)) < 10
