"""What the user must know without being stopped: banners that stay, with something to do, and toasts that go."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from studio.ui import words
from studio.ui.keys import release_focus
from studio.ui.theme import Theme

TOAST_MS = 4000
_TOAST_TOP = 72
"""Below the header, where nothing is hidden that was just said."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a banner offers to do."""

    title: str
    do: Callable[[], None]
    tip: str = ""
    """What it is about, in full."""


class Banner(QFrame):
    """One thing that went wrong, or that can be used now: what happened and what to do."""

    closed = Signal()

    def __init__(self, message: str, remedy: Remedy | None, theme: Theme, good: bool = False) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("good", good)
        self.message = message
        self._picture = ("circle-check", "accent") if good else ("triangle-alert", "danger")
        self._sign, self._close = QLabel(), QToolButton()
        text = QLabel(message)
        text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._sign)
        row.addWidget(text, 1)
        self.action: QPushButton | None = None
        if remedy is not None:
            self.action = QPushButton(remedy.title)
            self.action.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.action.clicked.connect(lambda: self.closed.emit())
            self.action.clicked.connect(lambda: remedy.do())
            row.addWidget(self.action)
            self.setToolTip(remedy.tip)
        self._close.clicked.connect(lambda: self.closed.emit())
        row.addWidget(self._close)
        self.setAccessibleName(message)
        self.restyle(theme)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        picture, color = self._picture
        self._sign.setPixmap(theme.picture(picture, theme[color]))
        self._close.setIcon(theme.icon("x"))
        self._close.setAccessibleName(words.translate("Banner", "Close"))
        self._close.setToolTip(words.translate("Banner", "Close"))


class Notices(QWidget):
    """The banners, under each other; takes no room while there are none. Toasts float over `over`."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__()
        self.banners: list[Banner] = []
        self._theme = theme
        self._over = over
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 0)
        self._toast = QFrame(over)
        self._toast.setObjectName("toast")
        self._toast_text = QLabel()
        row = QHBoxLayout(self._toast)
        row.setContentsMargins(14, 8, 14, 8)
        row.addWidget(self._toast_text)
        self._toast.hide()
        self._timer = QTimer(self, singleShot=True, interval=TOAST_MS)
        self._timer.timeout.connect(self._toast.hide)
        over.installEventFilter(self)
        self.hide()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        for banner in self.banners:
            banner.restyle(theme)

    def warn(self, message: str, remedy: Remedy | None = None) -> None:
        """Show a banner until it is closed; the same message does not show twice."""
        if message not in (banner.message for banner in self.banners):
            self._add(Banner(message, remedy, self._theme))

    def offer(self, message: str, remedy: Remedy) -> None:
        """Show a banner for something good, until it is closed."""
        self._add(Banner(message, remedy, self._theme, good=True))

    def say(self, message: str) -> None:
        """Show a toast for four seconds."""
        self._toast_text.setText(message)
        self._toast.setAccessibleName(message)
        self._toast.adjustSize()
        self._place()
        self._toast.show()
        self._toast.raise_()
        self._timer.start()

    def clear(self) -> None:
        """Close every banner."""
        for banner in list(self.banners):
            self._drop(banner)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the toast where it is when the window changes its size."""
        if event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _add(self, banner: Banner) -> None:
        banner.closed.connect(lambda: self._drop(banner))
        self.banners.append(banner)
        self._column.addWidget(banner)
        self.show()

    def _place(self) -> None:
        size = self._toast.size()
        self._toast.move((self._over.width() - size.width()) // 2, _TOAST_TOP)

    def _drop(self, banner: Banner) -> None:
        self.banners.remove(banner)
        release_focus(banner)
        self._column.removeWidget(banner)
        banner.hide()
        banner.deleteLater()
        self.setVisible(bool(self.banners))
