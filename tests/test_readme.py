"""What the README says of presets is what is planned for them."""

import re
from pathlib import Path

import pytest

from studio.app import presets
from studio.app.plan import plan
from studio.app.prices import prices

README = Path(__file__).parents[1] / "README.md"
ROWS = re.findall(r"^\| `(\w+)` \|.*\| (.*) \| (.*) \|$", README.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("name", "wait", "cost"), ROWS, ids=[name for name, _, _ in ROWS])
def test_the_planned_figures_are_those_of_the_plan(name: str, wait: str, cost: str, tmp_path: Path) -> None:
    preset = presets.load(name)
    planned = plan(preset, prices=prices(preset, tmp_path / "none.toml"))
    at_least = "at least " if planned.lower_bound else ""
    assert wait == f"{at_least}{planned.total_ms:.0f} ms"
    at_least = "at least " if planned.cost.unpriced else ""
    assert cost == f"{at_least}${planned.cost.usd:.4f}"


def test_every_hosted_preset_has_a_row() -> None:
    assert {name for name, _, _ in ROWS} == set(presets.bundled_names()) - {"embedded"}
