"""The draft and its file: copied where it is not the user's, saved by itself, undone and redone."""

import tomllib
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.app import design, presets
from studio.app.design import Content
from studio.ui.design.draft import SAVE_MS, Draft


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def draft(qapp: object) -> Draft:
    opened = Draft()
    opened.open("embedded")
    return opened


def greeted(draft: Draft, text: str) -> Content:
    return design.put(draft.content, ("agent", "greeting"), text)


def on_disk(draft: Draft) -> Content:
    assert draft.entry is not None
    return tomllib.loads(draft.entry.path.read_text(encoding="utf-8"))


def test_the_first_edit_of_a_bundled_preset_makes_a_copy(draft: Draft, own: Path) -> None:
    bundled = presets.path_of("embedded").read_text(encoding="utf-8")
    draft.edit(greeted(draft, "Hello."))
    assert draft.entry is not None
    assert (draft.entry.name, draft.entry.title, draft.entry.own) == ("embedded-copy", "Embedded (copy)", True)
    assert draft.content["agent"]["greeting"] == "Hello."
    draft.save_now()
    assert on_disk(draft) == draft.content
    assert presets.path_of("embedded").read_text(encoding="utf-8") == bundled
    assert [path.name for path in own.iterdir()] == ["embedded-copy.toml"]


def test_a_new_title_is_the_copys(draft: Draft) -> None:
    draft.edit(design.put(draft.content, ("title",), "Hotel"))
    assert draft.entry is not None
    assert (draft.entry.name, draft.entry.title) == ("hotel", "Hotel")


def test_copies_are_numbered(draft: Draft) -> None:
    for _ in range(3):
        draft.open("embedded")
        draft.edit(greeted(draft, "Hello."))
    titles = [listed.title for listed in draft.listing() if listed.own]
    assert sorted(titles) == ["Embedded (copy 2)", "Embedded (copy 3)", "Embedded (copy)"]


def test_an_edit_is_on_disk_within_two_seconds(draft: Draft, qtbot: QtBot) -> None:
    assert SAVE_MS < 2000
    draft.edit(greeted(draft, "Hello."))
    assert draft.unsaved
    with qtbot.waitSignal(draft.saved, timeout=30_000):
        draft.edit(greeted(draft, "Hello there."))
    assert on_disk(draft)["agent"]["greeting"] == "Hello there."
    assert not draft.unsaved


def test_comments_are_kept(draft: Draft) -> None:
    draft.edit(greeted(draft, "Hello."))
    draft.save_now()
    assert draft.entry is not None
    assert "# Written for a small model" in draft.entry.path.read_text(encoding="utf-8")


def test_undo_and_redo(draft: Draft) -> None:
    draft.edit(greeted(draft, "One."))
    draft.edit(greeted(draft, "Two."))
    draft.stack.undo()
    assert draft.content["agent"]["greeting"] == "One."
    draft.stack.undo()
    assert "greeting" not in draft.content["agent"]
    draft.save_now()
    assert "greeting" not in on_disk(draft)["agent"]
    draft.stack.redo()
    draft.stack.redo()
    assert draft.content["agent"]["greeting"] == "Two."
    assert not draft.stack.canRedo()


def test_what_is_typed_is_undone_at_once(draft: Draft) -> None:
    for text in ("H", "He", "Hello"):
        draft.edit(greeted(draft, text), "agent.greeting")
    draft.edit(design.put(draft.content, ("llm", "temperature"), 0.5), "llm.temperature")
    assert draft.stack.count() == 2
    draft.stack.undo()
    draft.stack.undo()
    assert "greeting" not in draft.content["agent"]


def test_each_preset_keeps_its_history(draft: Draft) -> None:
    draft.edit(greeted(draft, "One."))
    draft.open("embedded")
    assert not draft.stack.canUndo()
    draft.open("embedded-copy")
    assert draft.content["agent"]["greeting"] == "One."
    assert draft.stack.canUndo()


def test_a_file_that_was_changed_elsewhere_is_read_anew(draft: Draft) -> None:
    draft.edit(greeted(draft, "One."))
    draft.open("embedded")
    path = presets.path_of("embedded-copy")
    path.write_text(path.read_text(encoding="utf-8").replace('"One."', '"Elsewhere."'), encoding="utf-8")
    draft.open("embedded-copy")
    assert draft.content["agent"]["greeting"] == "Elsewhere."
    assert not draft.stack.canUndo()


def test_new_duplicate_delete_and_back(draft: Draft, own: Path) -> None:
    draft.create("Hotel")
    assert draft.entry is not None
    assert (draft.entry.name, draft.removable) == ("hotel", True)
    draft.edit(greeted(draft, "Welcome."))
    draft.duplicate()
    assert draft.entry.title == "Hotel (copy)"
    assert draft.content["agent"]["greeting"] == "Welcome."
    removed = draft.remove()
    assert removed is not None
    assert [path.stem for path in own.iterdir()] == ["hotel"]
    draft.restore(*removed)
    assert draft.entry.name == "hotel-copy"
    assert draft.content["agent"]["greeting"] == "Welcome."


def test_what_comes_with_the_studio_cannot_be_deleted(draft: Draft) -> None:
    assert not draft.removable
    assert draft.remove() is None


def test_a_preset_given_by_its_path_is_edited_where_it_is(draft: Draft, tmp_path: Path, own: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(presets.path_of("embedded").read_text(encoding="utf-8"), encoding="utf-8")
    draft.open(str(file))
    assert draft.listing()[0].name == str(file)
    assert not draft.removable
    draft.edit(greeted(draft, "Hi."))
    draft.save_now()
    assert 'greeting = "Hi."' in file.read_text(encoding="utf-8")
    assert not own.exists()


def test_what_cannot_be_read_or_written_is_told(draft: Draft, own: Path) -> None:
    told: list[str] = []
    draft.failed.connect(told.append)
    draft.open("nobody")
    assert "no preset 'nobody'" in told[-1]
    own.write_text("a file where the folder should be")
    draft.edit(greeted(draft, "Hello."))
    assert "cannot be written" in told[-1]
    draft.create("Mine")
    assert "cannot be written" in told[-1]
    assert draft.entry is not None
    assert draft.entry.name == "embedded"


def test_no_change_is_no_edit(draft: Draft) -> None:
    draft.edit(dict(draft.content))
    assert draft.entry is not None
    assert draft.entry.name == "embedded"
