import tomllib
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from studio.app import presets
from studio.app.plan import Plan, plan
from studio.model.preset import Preset
from studio.ui.design.budget import Budget
from studio.ui.theme import Theme


@pytest.fixture
def budget(theme: Theme, qtbot: QtBot) -> Budget:
    shown = Budget(theme)
    qtbot.addWidget(shown)
    shown.restyle(theme)
    return shown


def planned(name: str, change: Callable[[str], str] = str) -> Plan:
    text = change(presets.path_of(name).read_text(encoding="utf-8"))
    return plan(Preset.model_validate(tomllib.loads(text)))


def test_the_wait_is_shown_in_its_band_and_piece_by_piece(budget: Budget) -> None:
    offline = planned("embedded")
    budget.show_plan(offline)
    assert f"{offline.total_ms:.0f} ms" in budget.wait.text()
    assert "natural" in budget.wait.text()
    assert "waiting for silence 160 ms" in budget.bar.accessibleDescription()
    assert "$0.00" in budget.cost.text()
    assert "Transcription: $0.00 a minute" in budget.cost.toolTip()
    assert "For a call of 5 minutes" in budget.cost.toolTip()


def test_what_is_not_known_makes_a_lower_bound(budget: Budget) -> None:
    unknown = planned("embedded", lambda text: text.replace('"embedded/auto"', '"openai/nobody-knows"'))
    assert unknown.lower_bound
    budget.show_plan(unknown)
    assert "≥ " in budget.wait.text()
    assert "takes longer" in budget.wait.toolTip()
    assert "≥ " in budget.cost.text()
    assert "Language model: price not known" in budget.cost.toolTip()


def test_without_a_plan_nothing_is_promised(budget: Budget) -> None:
    budget.show_plan(planned("embedded"))
    budget.show_plan(None)
    assert budget.wait.text().endswith("–")
    assert budget.cost.text() == ""
    assert budget.bar.accessibleDescription() == ""
