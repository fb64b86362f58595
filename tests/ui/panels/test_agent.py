from pytestqt.qtbot import QtBot

from studio.ui.panels.agent import AgentPanel, PresetChoice


def test_the_chosen_preset_is_described(qtbot: QtBot) -> None:
    panel = AgentPanel([PresetChoice("a", "Alpha", "First."), PresetChoice("b.toml", "Beta", "Second.")])
    qtbot.addWidget(panel)
    assert (panel.preset, panel._description.text()) == ("a", "First.")
    panel.choose("b.toml")
    assert (panel.preset, panel._description.text()) == ("b.toml", "Second.")
    panel.choose("gone")
    assert panel.preset == "a"
