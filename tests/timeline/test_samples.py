from hypothesis import given
from hypothesis import strategies as st

from studio.timeline.samples import SampleColumn

steps = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=300)


@given(steps)
def test_holds_what_was_not_forgotten(steps: list[tuple[int, bool]]) -> None:
    column, expected, now = SampleColumn(capacity=4), [], 0
    for step, forget in steps:
        now += step
        column.append(now, now / 1000)
        expected.append(now)
        if forget:
            column.forget(now - 10)
            expected = [at for at in expected if at >= now - 10]
    assert column.times.tolist() == expected
    assert [round(value * 1000) for value in column.values] == expected
    assert len(column) == len(expected)


def test_room_does_not_grow_with_what_is_forgotten() -> None:
    column = SampleColumn(capacity=64)
    for at in range(100_000):
        column.append(at, 0.5)
        column.forget(at - 30)
    assert column._times.size == 64
