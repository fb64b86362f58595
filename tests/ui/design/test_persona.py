import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.app.design import Content
from studio.ui.design.fields import FormKeys
from studio.ui.design.persona import PersonaCard, tool_lines
from studio.ui.theme import Theme

CONTENT: Content = {"agent": {"persona": "Be kind.", "greeting": "Hello."}}


@pytest.fixture
def card(theme: Theme, qtbot: QtBot) -> PersonaCard:
    keys = FormKeys()
    shown = PersonaCard(keys, "I am sorry.")
    keys.setParent(shown)
    qtbot.addWidget(shown)
    shown.restyle()
    shown.show_content(CONTENT, "")
    shown.show()
    return shown


def test_what_the_preset_says_is_shown_without_an_edit(card: PersonaCard) -> None:
    asked: list[object] = []
    card.entered.connect(lambda key, text: asked.append((key, text)))
    card.show_content({"agent": {"persona": "Be brief."}}, "")
    assert card.persona.toPlainText() == "Be brief."
    assert card.greeting.text() == ""
    assert card.apology.placeholderText() == "I am sorry."
    assert asked == []


def test_what_is_typed_is_asked_for(card: PersonaCard) -> None:
    asked: list[object] = []
    card.entered.connect(lambda key, text: asked.append((key, text)))
    card.persona.appendPlainText("x")
    QTest.keyClicks(card.greeting, "!")
    QTest.keyClicks(card.apology, "S")
    assert asked == [("persona", "Be kind.\nx"), ("greeting", "Hello.!"), ("apology", "S")]


def test_the_same_text_leaves_the_cursor(card: PersonaCard) -> None:
    cursor = card.persona.textCursor()
    cursor.setPosition(3)
    card.persona.setTextCursor(cursor)
    card.show_content(CONTENT, "persona: too short.")
    assert card.persona.textCursor().position() == 3
    assert card._problem.text() == "persona: too short."


def test_tools_are_listed(card: PersonaCard) -> None:
    tools = {
        "timeout_s": 5.0,
        "functions": [{"name": "book", "description": "Books a table."}],
        "servers": [{"name": "files", "command": ["mcp", "files"]}, {"name": "web", "url": "http://127.0.0.1:9"}],
    }
    assert tool_lines({"tools": tools}) == ["book: Books a table.", "files: mcp files", "web: http://127.0.0.1:9"]
    card.show_content({**CONTENT, "tools": tools}, "")
    assert "book: Books a table." in card.tools.text()
    card.show_content(CONTENT, "")
    assert "[tools]" in card.tools.text()
