from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from studio.model.bill import Cost
from studio.model.events import Transcribed
from studio.model.intent_score import IntentScore
from studio.model.measures import Turn, TurnBook
from studio.model.terms import Level, Stage, TranscriptKind
from studio.model.time import Instant
from studio.model.turn_events import Routed
from studio.ui.panels.transcript import Transcript, split_heard
from studio.ui.theme import Theme


@pytest.mark.parametrize(
    ("said", "heard", "parts"),
    [
        ("One two three.", "One two", ("One two", " three.")),
        ("One two three.", "", ("", "One two three.")),
        ("One two three.", "One two three.", ("One two three.", "")),
        ("One,  two\nthree.", "One, two", ("One, two", "three.")),
        ("", "", ("", "")),
    ],
)
def test_split(said: str, heard: str, parts: tuple[str, str]) -> None:
    assert split_heard(said, heard) == parts


words = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=6), max_size=12)


@given(words, st.integers(0, 12))
def test_no_word_is_lost_in_splitting(said: list[str], count: int) -> None:
    heard, unheard = split_heard("  ".join(said), " ".join(said[:count]))
    assert heard.split() == said[:count]
    assert unheard.split() == said[count:]


def turn(index: int, text: str) -> Turn:
    book = TurnBook()
    book.on_event(Transcribed(Instant(1), index, TranscriptKind.END, text, None, None))
    return book.turns()[0]


def test_words_are_never_taken_for_markup(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.show_turn(turn(1, "a <b>bold</b> & wrong"), "x < y")
    card = transcript.cards[1]
    assert "x &lt; y" in card.said.text()
    transcript.show_turn(turn(1, "a <b>bold</b> & wrong"), None)
    assert card.said.text() == "a &lt;b&gt;bold&lt;/b&gt; &amp; wrong"


def test_follows_the_newest_unless_the_user_looks_back(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.resize(600, 200)
    transcript.show()
    bar = transcript.scroll_area.verticalScrollBar()
    for index in range(1, 9):
        transcript.show_turn(turn(index, "words " * 20), None)
    qtbot.waitUntil(lambda: bar.maximum() > 300 and bar.value() == bar.maximum())
    bar.setValue(40)
    before = bar.maximum()
    transcript.show_turn(turn(9, "words " * 20), None)
    qtbot.waitUntil(lambda: bar.maximum() > before)
    assert bar.value() == 40


def test_a_bubble_is_as_wide_as_its_words(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.show_turn(turn(1, "Yes."), None)
    transcript.show_turn(turn(2, "words " * 60), None)
    short, long = transcript.cards[1].said, transcript.cards[2].said
    assert short.maximumWidth() < 100
    assert long.maximumWidth() == 560
    transcript.show_turn(turn(2, "No."), None)
    assert long.maximumWidth() < 100
    assert long.maximumHeight() == short.maximumHeight()


def test_clear_starts_anew(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.show()
    transcript.show_turn(turn(1, "Hello."), None)
    assert not transcript.invitation.isVisible()
    transcript.clear()
    assert transcript.invitation.isVisible()
    assert transcript.cards == {}


def test_what_a_turn_has_cost_stands_on_its_card(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.show_turn(turn(0, "Hello."), None)
    transcript.show_cost(0, Cost())
    assert "$" not in transcript.cards[0].figure.text()
    transcript.show_cost(0, Cost({Stage.TTS: 0.00412}))
    assert "$0.0041" in transcript.cards[0].figure.text()


def test_what_was_understood_is_told_at_the_card(theme: Theme, qtbot: QtBot) -> None:
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    known = turn(1, "Compare them.")
    transcript.show_turn(known, None)
    card = transcript.cards[1]
    assert card.toolTip() == ""
    routed = Routed(Instant(2), 1, Level.COMPLEX, "acme/large", ("asks to compare",), (), 0.9, 0.1)
    intent = IntentScore("question", 0.8, None, None)
    transcript.show_turn(replace(known, routed=routed, intent=intent), None)
    told = "Intent: question (80% sure)\nacme/large answers: complex (asks to compare, 90% sure)"
    assert (card.toolTip(), card.accessibleDescription()) == (told, told)
