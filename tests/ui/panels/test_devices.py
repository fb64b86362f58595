from pytestqt.qtbot import QtBot

from studio.app.devices import Devices
from studio.ui.panels.devices import DevicePanel
from studio.ui.theme import Theme


def test_the_choice_survives_a_new_list_while_the_device_is_there(theme: Theme, qtbot: QtBot) -> None:
    panel = DevicePanel(theme)
    qtbot.addWidget(panel)
    panel.restyle(theme)
    picker = panel.microphone
    assert picker.device is None
    panel.offer(Devices(("USB", "Built-in"), ()))
    picker.choose("Built-in")
    with qtbot.assertNotEmitted(picker.chosen):
        panel.offer(Devices(("Built-in", "Webcam"), ()))
    assert picker.device == "Built-in"
    panel.offer(Devices(("Webcam",), ()))
    assert picker.device is None
    assert picker.choice.currentText() == "System default"


def test_only_the_user_chooses(theme: Theme, qtbot: QtBot) -> None:
    panel = DevicePanel(theme)
    qtbot.addWidget(panel)
    panel.offer(Devices((), ("HDMI",)))
    with qtbot.waitSignal(panel.speaker.chosen) as chosen:
        panel.speaker.choice.activated.emit(1)
    assert chosen.args == ["HDMI"]
    with qtbot.waitSignal(panel.speaker.chosen) as chosen:
        panel.speaker.choice.activated.emit(0)
    assert chosen.args == [None]
