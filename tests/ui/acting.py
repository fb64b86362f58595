"""What the tests of the window do again and again: play a call, read what stands there."""

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from studio.ui.window import StudioWindow
from tests.ui.scripted_call import ScriptedLink


def play(window: StudioWindow, link: ScriptedLink, until: float) -> None:
    """Draw frames at 30 Hz until the script is at `until` milliseconds."""
    if not window.talk.in_call:
        window.talk.start_demo()
    while link.now_ms < until:
        link.now_ms = min(until, link.now_ms + 33)
        window.talk.draw_frame()


def plain(label: QLabel) -> str:
    """A label's text without its markup."""
    document = QTextDocument()
    document.setHtml(label.text())
    return document.toPlainText()


def texts(window: QWidget) -> set[str]:
    """Everything that can be read in the window."""
    labels = {label.text() for label in window.findChildren(QLabel) if label.text()}
    buttons = {button.text() for button in window.findChildren(QAbstractButton) if button.text()}
    return labels | buttons
