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


def test_other_presets_leave_the_choice_where_it_is(qtbot: QtBot) -> None:
    panel = AgentPanel([PresetChoice("a", "Alpha", "First."), PresetChoice("b", "Beta", "Second.")])
    qtbot.addWidget(panel)
    panel.choose("b")
    panel.offer([PresetChoice("c", "Gamma", ""), PresetChoice("b", "Beta 2", "Renamed.")])
    assert (panel.preset, panel.choice.currentText(), panel._description.text()) == ("b", "Beta 2", "Renamed.")
    panel.offer([PresetChoice("c", "Gamma", "Third.")])
    assert (panel.preset, panel._description.text()) == ("c", "Third.")
