import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app import design, presets
from studio.app.folders import own_presets_folder
from studio.app.preset_files import create, edited, remove, write
from studio.model.errors import PresetError
from studio.model.preset import Role

EMBEDDED = presets.path_of("embedded").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path / "own"))
    return own_presets_folder()


def test_a_new_preset_is_found_by_the_name_of_its_file(own: Path) -> None:
    path = create("Hotel desk (night)", EMBEDDED)
    assert path == own / "hotel-desk-night.toml"
    assert presets.path_of("hotel-desk-night") == path
    assert presets.load("hotel-desk-night").title == "Hotel desk (night)"
    assert presets.names()[-1] == "hotel-desk-night"


@pytest.mark.parametrize(
    ("title", "name"),
    [("상담원 1", "상담원-1"), ("../../etc", "etc"), ("  ", "agent"), ("...", "agent"), ("x" * 200, "x" * 60)],
)
def test_a_file_is_called_after_its_title(title: str, name: str, own: Path) -> None:
    assert create(title, EMBEDDED) == own / f"{name}.toml"


def test_no_preset_takes_the_name_of_another() -> None:
    assert [create("Embedded", EMBEDDED).stem for _ in range(3)] == ["embedded-2", "embedded-3", "embedded-4"]


def test_editing_keeps_comments_and_order() -> None:
    content = tomllib.loads(EMBEDDED)
    changed = design.put(content, ("agent", "greeting"), "Hello.")
    changed = design.put(changed, ("llm", "temperature"), None)
    changed = design.choose_provider(changed, Role.STT, "whisper")
    changed = design.add_fallback(changed, Role.STT, "moonshine/tiny-en")
    changed = design.put(changed, ("turn_taking", "silence_ms"), 400)
    text = edited(EMBEDDED, changed)
    assert tomllib.loads(text) == changed
    kept = [line for line in EMBEDDED.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == kept
    assert text.index("[agent]") < text.index("[stt]") < text.index("[[stt.fallback]]") < text.index("[llm]")
    assert '[[stt.fallback]]\nuse = "moonshine/tiny-en"\n\n[llm]' in text
    assert edited(text, content).split() == EMBEDDED.replace("temperature = 0.0\nmax_tokens = 120", "").split() or (
        tomllib.loads(edited(text, content)) == content
    )


def test_what_did_not_change_is_not_touched() -> None:
    assert edited(EMBEDDED, tomllib.loads(EMBEDDED)) == EMBEDDED


def test_true_is_not_one() -> None:
    assert edited("a = 1\n", {"a": True}) == "a = true\n"
    assert edited("a = 1\n", {"a": 1.0}) == "a = 1.0\n"


_values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=6,
)
_contents = st.dictionaries(st.sampled_from(["title", "agent", "stt", "llm"]), _values, max_size=4)


@given(_contents, _contents)
def test_any_edit_says_what_was_meant(before: dict[str, object], after: dict[str, object]) -> None:
    assert tomllib.loads(edited(edited("# mine\n", before), after)) == after


def test_a_removed_preset_can_be_brought_back(own: Path) -> None:
    path = create("Mine", EMBEDDED)
    text = remove(path)
    assert not path.exists()
    assert presets.own_names() == []
    write(path, text)
    assert presets.load("mine").title == "Mine"
    assert list(own.iterdir()) == [path]


def test_what_cannot_be_written_is_told(own: Path) -> None:
    own.parent.mkdir(exist_ok=True)
    own.write_text("a file where the folder should be")
    with pytest.raises(PresetError, match=r"mine\.toml cannot be written: .+\.$"):
        create("Mine", EMBEDDED)
    with pytest.raises(PresetError, match="cannot be removed"):
        remove(own / "mine.toml")
