from pytestqt.qtbot import QtBot

from studio.ui.panels.switch import Switch
from studio.ui.theme import Theme


def test_the_switch_asks_for_a_screen_and_shows_which_one_it_is(theme: Theme, qtbot: QtBot) -> None:
    switch = Switch()
    qtbot.addWidget(switch)
    switch.restyle()
    asked: list[str] = []
    switch.chosen.connect(asked.append)
    switch.show_chosen("talk")
    assert asked == []
    switch.buttons["design"].click()
    assert asked == ["design"]
    assert [button.isChecked() for button in switch.buttons.values()] == [True, False]
    assert [button.text() for button in switch.buttons.values()] == ["Design", "Talk"]
    assert "Ctrl+1" in switch.buttons["design"].toolTip()
