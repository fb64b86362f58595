"""Who the agent is: persona, greeting and apology as text, and its tools as a list to read."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout

from studio.app.design import Content, at
from studio.ui import words
from studio.ui.design import labels
from studio.ui.design.fields import FormKeys, as_in_forms

_LEAST_HEIGHT = 110


class PersonaCard(QFrame):
    """Asks for another persona, greeting or apology."""

    entered = Signal(str, str)
    """A key of the preset's `[agent]` and its new text; empty: the default."""

    def __init__(self, keys: FormKeys, default_apology: str) -> None:
        super().__init__()
        self.setObjectName("section")
        self._default_apology = default_apology
        self.persona = QPlainTextEdit()
        self.persona.setUndoRedoEnabled(False)
        self.persona.setTabChangesFocus(True)
        self.persona.setMinimumHeight(_LEAST_HEIGHT)
        self.persona.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.greeting, self.apology = QLineEdit(), QLineEdit()
        self._controls: dict[str, QPlainTextEdit | QLineEdit] = {
            "persona": self.persona,
            "greeting": self.greeting,
            "apology": self.apology,
        }
        self._names = {key: QLabel() for key in (*self._controls, "tools")}
        self._problem, self.tools = QLabel(), QLabel()
        self._problem.setProperty("role", "problem")
        self.tools.setProperty("role", "muted")
        for label in (self._problem, self.tools):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._content: Content = {}
        self._lay_out()
        self.persona.textChanged.connect(self._persona_entered)
        for key in ("greeting", "apology"):
            line = self._controls[key]
            assert isinstance(line, QLineEdit)
            line.textEdited.connect(lambda text, key=key: self.entered.emit(key, text))
        for control in self._controls.values():
            as_in_forms(control, keys)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(4)
        for key, control in self._controls.items():
            column.addWidget(self._names[key])
            column.addWidget(control, 1 if key == "persona" else 0)
            if key == "persona":
                column.addWidget(self._problem)
            column.addSpacing(8)
        column.addWidget(self._names["tools"])
        column.addWidget(self.tools)
        for label in self._names.values():
            label.setProperty("role", "title")

    def restyle(self) -> None:
        """Show everything in the current language."""
        for key, control in self._controls.items():
            self._names[key].setText(labels.setting(key))
            control.setAccessibleName(labels.setting(key))
        self._names["tools"].setText(words.translate("PersonaCard", "Tools"))
        self.persona.setPlaceholderText(words.translate("PersonaCard", "Who the agent is, and how it should talk."))
        self.greeting.setPlaceholderText(words.translate("PersonaCard", "Empty: the user speaks first."))
        self.apology.setPlaceholderText(self._default_apology)
        self._show_tools()

    def show_content(self, content: Content, problem: str) -> None:
        """Show what the preset says, and what is wrong with it."""
        self._content = content
        for key, control in self._controls.items():
            text = str(at(content, ("agent", key)) or "")
            if isinstance(control, QPlainTextEdit):
                if control.toPlainText() != text:
                    blocked = control.blockSignals(True)
                    control.setPlainText(text)
                    control.blockSignals(blocked)
            elif control.text() != text:
                control.setText(text)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._show_tools()

    def _persona_entered(self) -> None:
        self.entered.emit("persona", self.persona.toPlainText())

    def _show_tools(self) -> None:
        lines = tool_lines(self._content)
        none = words.translate("PersonaCard", "None. They are written into the preset's file, under [tools].")
        self.tools.setText("\n".join(lines) or none)


def tool_lines(content: Content) -> list[str]:
    """`book_table: Books a table. (webhook)`, one line for each tool or server of tools."""
    tools = at(content, ("tools",))
    found: list[str] = []
    for kind, entries in tools.items() if isinstance(tools, dict) else ():
        for entry in _tables(entries):
            what = str(entry.get("description") or entry.get("url") or " ".join(map(str, entry.get("command", ()))))
            found.append(f"{entry.get('name', kind)}: {what}")
    return found


def _tables(entries: Any) -> Sequence[dict[str, Any]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
