import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.percentiles import percentile, percentiles


@given(st.lists(st.integers(0, 10**10), max_size=50))
def test_percentiles_are_the_usual_ones(values: list[int]) -> None:
    found = percentiles(values)
    assert found.n == len(values)
    if not values:
        assert (found.p50, found.p90, found.p95) == (None, None, None)
    else:
        expected = np.percentile(np.array(values) / 1e6, (50, 90, 95)).tolist()
        assert [found.p50, found.p90, found.p95] == pytest.approx(expected, abs=0.002)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_one_percentile_is_the_usual_one(values: list[float], percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)), rel=1e-6, abs=1e-6)
