from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.model.time import Duration, Instant, milliseconds
from studio.pipeline.jitter import JitterBuffer

Pieces = list[tuple[float, float]]
"""When each piece of a clause comes, in ms, and how long it lasts."""


def clause(jitter: JitterBuffer, pieces: Pieces) -> list[float]:
    """Let a clause come to a speaker that plays in real time; the gaps within it, in ms, and before it the delay."""
    gaps: list[float] = []
    waiting, plays_until, begun, now = 0.0, 0.0, False, 0.0
    arrivals = dict(enumerate(pieces))
    while arrivals or waiting:
        index = min(arrivals, default=-1)
        if index >= 0 and arrivals[index][0] <= now:
            length = arrivals.pop(index)[1]
            jitter.arrived(Instant(milliseconds(now)), Duration(milliseconds(length)), last=not arrivals)
            waiting += length
        elif begun and now >= plays_until and not waiting:
            jitter.ran_dry()
        held_ms = jitter.release(Instant(milliseconds(now)), complete=not arrivals) if waiting else None
        if held_ms is not None:
            if now > plays_until or not begun:
                gaps.append(now - plays_until if begun else now - pieces[0][0])
                begun, plays_until = True, now
            plays_until, waiting = plays_until + waiting, 0.0
        now += 1
    return gaps


def steady(count: int = 20, every_ms: float = 50, length_ms: float = 100) -> Pieces:
    return [(number * every_ms, length_ms) for number in range(count)]


def test_a_source_faster_than_real_time_plays_at_once() -> None:
    jitter = JitterBuffer(200)
    for _ in range(5):
        jitter.begin()
        assert clause(jitter, steady()) == [0]
        assert jitter.delay_ms == 0


def test_a_source_that_was_late_is_held_back_by_as_much() -> None:
    jitter = JitterBuffer(200)
    late = [(0.0, 100.0), (160.0, 100.0), (200.0, 100.0), (300.0, 100.0)]
    assert clause(jitter, late) == [0, 60 + 60]  # once torn, it waits as long again: better one gap than many
    assert jitter.delay_ms == 60
    jitter.begin()
    assert clause(jitter, late) == [60]


def test_it_shrinks_step_by_step_when_the_source_is_steady() -> None:
    jitter = JitterBuffer(200)
    clause(jitter, [(0, 100), (200, 100)])
    delays = [jitter.delay_ms]
    for _ in range(20):
        clause(jitter, steady())
        delays.append(jitter.delay_ms)
    assert delays[0] == 100
    assert delays[-1] == 0
    assert all(0 <= before - after <= 20 for before, after in pairwise(delays))


def test_one_late_clause_in_twenty_costs_nothing() -> None:
    jitter = JitterBuffer(200)
    for _ in range(19):
        clause(jitter, steady())
    clause(jitter, [(0, 100), (200, 100)])
    clause(jitter, steady())
    assert jitter.delay_ms <= 20


def test_it_never_exceeds_its_limit() -> None:
    jitter = JitterBuffer(150)
    for _ in range(5):
        clause(jitter, steady(every_ms=150))
    assert jitter.delay_ms == 150
    never = JitterBuffer(0)
    clause(never, steady(every_ms=150))
    assert never.delay_ms == 0


def test_a_slow_source_is_heard_with_few_long_gaps_and_not_with_many_short_ones() -> None:
    gaps = clause(JitterBuffer(1000), steady(40, every_ms=110))
    assert len(gaps) - 1 <= 6
    assert len(clause(JitterBuffer(0), steady(40, every_ms=110))) - 1 == 39


def test_a_whole_clause_is_not_held_back() -> None:
    jitter = JitterBuffer(200)
    clause(jitter, [(0, 100), (200, 100)])
    jitter.begin()
    assert clause(jitter, [(0, 2000)]) == [0]


def test_what_follows_a_pause_of_the_model_is_not_late() -> None:
    jitter = JitterBuffer(200)
    jitter.arrived(Instant(0), Duration(milliseconds(100)), last=True)
    jitter.arrived(Instant(milliseconds(3000)), Duration(milliseconds(100)), last=True)
    assert jitter.delay_ms == 0


def test_a_reply_that_was_cut_off_says_nothing_of_the_next() -> None:
    jitter = JitterBuffer(200)
    jitter.arrived(Instant(0), Duration(milliseconds(100)), last=False)
    jitter.begin()
    jitter.arrived(Instant(milliseconds(5000)), Duration(milliseconds(100)), last=False)
    assert jitter.delay_ms == 0


@given(st.lists(st.tuples(st.integers(0, 150), st.integers(20, 200)), min_size=2, max_size=12))
def test_the_same_clause_again_has_no_gap(steps: list[tuple[int, int]]) -> None:
    pieces, now = [], 0.0
    for wait, length in steps:
        pieces.append((now, float(length)))
        now += wait
    jitter = JitterBuffer(100_000)
    first = clause(jitter, pieces)
    jitter.begin()
    again = clause(jitter, pieces)
    assert len(again) == 1
    assert again[0] <= max(0, *(at - sum(length for _, length in pieces[:n]) for n, (at, _) in enumerate(pieces)))
    assert first[0] == 0
