from pytestqt.qtbot import QtBot

from studio.ui.panels.tools import Tools
from studio.ui.theme import Theme


def test_asks_for_what_its_buttons_say(theme: Theme, qtbot: QtBot) -> None:
    tools = Tools()
    qtbot.addWidget(tools)
    tools.restyle(theme)
    for button, signal, name in (
        (tools.theme_button, tools.theme, "Dark or light"),
        (tools.language_button, tools.language, "Korean or English"),
        (tools.keys_button, tools.keys, "Keys"),
    ):
        assert button.accessibleName() == name
        assert "(" in button.toolTip()
        with qtbot.waitSignal(signal):
            button.click()
