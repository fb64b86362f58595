from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.notices import Notices, Remedy
from studio.ui.theme import Theme


def notices(theme: Theme, qtbot: QtBot) -> tuple[Notices, QWidget]:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(800, 600)
    shown = Notices(theme, over)
    shown.setParent(over)
    over.show()
    return shown, over


def test_a_banner_stays_until_its_remedy_is_taken(theme: Theme, qtbot: QtBot) -> None:
    shown, _ = notices(theme, qtbot)
    taken: list[str] = []
    shown.warn("It broke.", Remedy("Try again", lambda: taken.append("again")))
    (banner,) = shown.banners
    assert shown.isVisible()
    assert banner.accessibleName() == "It broke."
    assert banner.action is not None
    banner.action.click()
    assert taken == ["again"]
    assert not shown.banners
    assert not shown.isVisible()


def test_the_same_message_shows_once(theme: Theme, qtbot: QtBot) -> None:
    shown, _ = notices(theme, qtbot)
    for message in ("One.", "Two.", "One."):
        shown.warn(message)
    assert [banner.message for banner in shown.banners] == ["One.", "Two."]
    shown.clear()
    assert not shown.banners


def test_a_toast_goes_by_itself_and_stays_in_the_middle(theme: Theme, qtbot: QtBot) -> None:
    shown, over = notices(theme, qtbot)
    shown._timer.setInterval(30)
    shown.say("Saved.")
    toast = shown._toast
    assert toast.isVisible()
    over.resize(1000, 600)
    assert abs(toast.geometry().center().x() - 500) <= 1
    qtbot.waitUntil(lambda: not toast.isVisible())
