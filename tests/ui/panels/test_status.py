from pytestqt.qtbot import QtBot

from studio.app.call_state import CallState
from studio.model.events import Muted
from studio.model.time import Instant
from studio.ui.panels.status import StatusBar
from studio.ui.theme import Theme


def test_says_what_the_user_wants(theme: Theme, qtbot: QtBot) -> None:
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.restyle(theme)
    bar.show_call(True)
    for button, signal in (
        (bar.talk_button, bar.talk),
        (bar.mute_button, bar.mute),
        (bar.record_button, bar.record),
    ):
        with qtbot.waitSignal(signal):
            button.click()
    bar.show_call(False)
    with qtbot.waitSignal(bar.demo):
        bar.demo_button.click()


def test_no_figure_before_the_first_answer(theme: Theme, qtbot: QtBot) -> None:
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.show_figures(CallState())
    assert [label.text() for label in bar._figures] == ["–"] * 3
    assert bar._count.text() == ""


def test_mute_shows_what_the_call_says(theme: Theme, qtbot: QtBot) -> None:
    bar, state = StatusBar(theme), CallState()
    qtbot.addWidget(bar)
    state.on_message(Muted(Instant(5), True))
    bar.show_state(state)
    assert bar.mute_button.isChecked()
    assert bar.mute_button.accessibleName() == "Unmute"


def test_a_minutes_cost_is_told_where_there_is_room(theme: Theme, qtbot: QtBot) -> None:
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.restyle(theme)
    bar.setMinimumSize(1000, 60)  # as in the window
    bar.resize(1280, 60)
    bar.show()
    assert not bar.cost.isVisible()
    bar.show_cost(0.0238)
    assert bar.cost.isVisible()
    assert bar.cost.text() == "$0.024/min"
    bar.resize(1000, 60)
    assert not bar.cost.isVisible()
    bar.resize(1280, 60)
    bar.show_cost(None)
    assert not bar.cost.isVisible()
