import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.time import NS_PER_S, Instant
from studio.timeline.viewport import Viewport

viewports = st.builds(
    lambda start, length, width: Viewport(Instant(start), Instant(start + length), width),
    st.integers(-(10**12), 10**12),
    st.integers(1000, 10**13),
    st.floats(1, 5000),
)


@given(viewports, st.floats(0, 1))
def test_position_and_moment_are_inverse(viewport: Viewport, share: float) -> None:
    x = share * viewport.width
    assert viewport.x(viewport.moment(x)) == pytest.approx(x, abs=1 / viewport.ns_per_pixel + 1e-6)


def test_edges_are_where_they_belong() -> None:
    viewport = Viewport(Instant(100), Instant(300), 50)
    assert (viewport.x(100), viewport.x(300)) == (0, 50)
    assert viewport.xs(np.array([100, 200, 300])).tolist() == [0, 25, 50]
    assert viewport.shows(50, 100)
    assert viewport.shows(300, 400)
    assert not viewport.shows(301, 400)
    assert not viewport.shows(0, 99)


@given(viewports, st.integers(1, 400), st.integers(1_000_000, 50_000_000))
def test_the_loudest_is_never_lost_and_no_pixel_is_drawn_twice(viewport: Viewport, count: int, length: int) -> None:
    starts = viewport.start + np.arange(count, dtype=np.int64) * length
    values = ((np.arange(count) * 7919) % 1000 / 1000).astype(np.float32)
    thinned, loudest, cell = viewport.loudest(starts, values, length)
    visible = values[starts <= viewport.end]
    assert loudest.max() >= visible[starts[starts <= viewport.end] < viewport.end].max(initial=0)
    assert thinned.size <= max(2, viewport.width + 2) or cell == length
    assert (np.diff(thinned) >= cell).all()


def test_the_grid_stands_still_while_the_viewport_moves() -> None:
    starts = np.arange(0, 60 * NS_PER_S, NS_PER_S // 100, dtype=np.int64)
    values = np.random.default_rng(3).random(starts.size).astype(np.float32)
    before = Viewport(Instant(0), Instant(30 * NS_PER_S), 900).loudest(starts, values, NS_PER_S // 100)
    after = Viewport(Instant(NS_PER_S), Instant(31 * NS_PER_S), 900).loudest(starts, values, NS_PER_S // 100)
    shared = np.intersect1d(before[0], after[0])[1:-1]
    assert shared.size > 800
    assert before[1][np.isin(before[0], shared)].tolist() == after[1][np.isin(after[0], shared)].tolist()


@given(viewports)
def test_ticks_are_round_visible_and_apart(viewport: Viewport) -> None:
    ticks = viewport.ticks(80)
    assert all(tick % NS_PER_S == 0 and viewport.shows(tick, tick) for tick in ticks)
    if viewport.end - viewport.start < 3600 * NS_PER_S:
        assert all(b - a >= 80 * viewport.ns_per_pixel * 0.999 for a, b in itertools.pairwise(ticks))
