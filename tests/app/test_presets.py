from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app import presets
from studio.app.presets import Overrides
from studio.model.errors import PresetError
from studio.model.preset import Role
from studio.model.terms import Level
from tests.virtual_call import PRESET

GOOD = PRESET.read_text()
LINES = GOOD.splitlines()


def line_of(text: str) -> int:
    return LINES.index(text) + 1


def refused(path: Path, content: str | bytes, overrides: Overrides | None = None) -> str:
    """The one sentence with which a preset is refused, without the file's name."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PresetError) as caught:
        presets.load(str(path), overrides)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence.removeprefix(str(path))


@pytest.mark.parametrize("name", presets.bundled_names())
def test_every_preset_that_comes_with_the_studio_is_valid(name: str) -> None:
    assert presets.load(name).title


def test_a_preset_is_found_by_path() -> None:
    assert presets.load(str(PRESET)).title == "Scripted"


@pytest.mark.parametrize("name", ["nothing", "", ".", "..", "embedded.tomml", "em\0bedded", "x" * 5000])
def test_a_name_that_is_none_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(PresetError, match=r"^There is no preset .* there are: .*embedded.*\.toml\.$"):
        presets.load(name)


@pytest.mark.parametrize("path", ["missing.toml", "./missing", "/nowhere/at/all.toml", "/"])
def test_a_path_that_is_no_file_is_told(path: str) -> None:
    with pytest.raises(PresetError, match="no such preset file"):
        presets.load(path)


@pytest.mark.parametrize(
    ("before", "added", "place"),
    [
        ("[agent]", 'colour = "red"', "colour: unknown key"),
        ("[vad]", 'tone = "kind"', "agent.tone: unknown key"),
        ("[vad]", "turn_taking.nap_ms = 5", "agent.turn_taking: unknown key"),
        ("[agent]", "turn_taking.nap_ms = 5", "turn_taking.nap_ms: unknown key"),
        ("[agent]", 'playout . "buffer" = 5', "playout.buffer: unknown key"),
        ("[agent]", "playout = { buffer = 5 }", "playout.buffer: unknown key"),
        ("[agent]", 'turn_taking.silence_ms = "long"', "turn_taking.silence_ms: Input should be a valid integer"),
        ("[agent]", "turn_taking.silence_ms = 1.5", "turn_taking.silence_ms: Input should be a valid integer"),
        ("[agent]", "turn_taking.silence_ms = 5", "turn_taking.silence_ms: Input should be greater than"),
        ("[vad]", "greeting = 7", "agent.greeting: Input should be a valid string"),
        ("[agent]", "description = [1]", "description: Input should be a valid string"),
    ],
)
def test_a_wrong_key_is_told_with_its_line(before: str, added: str, place: str, tmp_path: Path) -> None:
    sentence = refused(tmp_path / "bad.toml", GOOD.replace(before, f"{added}\n{before}", 1))
    assert sentence.startswith(f", line {line_of(before)}: {place}"), sentence


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("format = 1", "format = 2", ": format 2 is newer than this studio's 1; please update."),
        ("format = 1", "format = 99999999999999999999", ": format 99999999999999999999 is newer"),
        ("format = 1", "format = 0", ", line 2: format: Input should be greater than or equal to 1."),
        ("format = 1", 'format = "1"', ", line 2: format: Input should be a valid integer."),
        ("format = 1", "format = true", ", line 2: format: Input should be a valid integer."),
        ("format = 1", "", ": format: missing."),
        ('title = "Scripted"', 'title = ""', ", line 3: title: String should have at least 1 character."),
        ("[tts]", "[tss]", ": tts: missing."),
        ("[tts]", "[[tts]]", ": tts: Input should be a valid dictionary"),
        ('[tts]\nuse = "scripted"', '[tts]\nuse = "nobody"', ": tts: unknown provider 'nobody'; there are: "),
        ('[tts]\nuse = "scripted"', '[tts]\nuse = "No Body"', ", line 23: tts.use: String should match pattern"),
        ('[tts]\nuse = "scripted"', "[tts]\nuse = 3", ", line 23: tts.use: Input should be a valid string."),
        ("character_ms = 30.0", "character_ns = 30.0", ": tts: unknown key 'character_ns' for scripted; it knows: "),
        ("character_ms = 30.0", 'character_ms = "slow"', ": tts: 'character_ms' for scripted: Input should be"),
        ("character_ms = 30.0", 'model = "tone"', ": tts: unknown key 'model' for scripted"),
        ("[agent]", "[agent", ": not readable as TOML: "),
        ("[agent]", "[vad]", ": not readable as TOML: "),
        ('persona = "You are a test."', "", ": agent.persona: missing."),
    ],
)
def test_what_a_preset_cannot_be(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert old in GOOD
    told = refused(tmp_path / "bad.toml", GOOD.replace(old, new, 1))
    assert told.startswith(sentence), told


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\x01", bytes(range(256)), b"\x7fELF\x02\x01", "[" * 5000, "a = " + "[" * 50_000, b"\xef\xbb\xbfx"],
    ids=["utf-16", "binary", "elf", "brackets", "deep", "bom"],
)
def test_what_is_no_toml_is_told(content: str | bytes, tmp_path: Path) -> None:
    assert refused(tmp_path / "bad.toml", content).startswith(": not readable as TOML: ")


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    assert "missing" in refused(tmp_path / "empty.toml", "")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    assert refused(tmp_path / "large.toml", "#" * 1_000_001) == ": larger than 1 MB, so it is no preset."
    (tmp_path / "just.toml").write_text(GOOD + "#" * (1_000_000 - len(GOOD.encode())))
    assert presets.load(str(tmp_path / "just.toml")).title == "Scripted"


def test_a_file_nobody_may_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, encoding: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    assert "Permission denied" in refused(tmp_path / "locked.toml", GOOD)


def test_a_key_that_stands_in_a_text_is_not_taken_for_the_wrong_one(tmp_path: Path) -> None:
    text = GOOD.replace('"You are a test."', '"""\nWhat you do:\ntitle = 5\n"""').replace('title = "Scripted"', "")
    bad = text.replace("[vad]", "greeting = 7\n\n[vad]", 1)
    line = bad.splitlines().index("greeting = 7") + 1
    assert refused(tmp_path / "bad.toml", bad.replace("format = 1", 'format = 1\ntitle = "T"')).startswith(
        f", line {line + 1}: agent.greeting"
    )


keys = st.sampled_from(
    ["format", "title", "agent", "agent.persona", "vad", "vad.use", "stt.use", "turn_taking", "x", "a.b"]
)
values = st.sampled_from(["1", '"x"', "true", "[]", "{}", "1.5", "nan", "2026-11-23", '"""\nx = 1\n"""'])
lines = st.one_of(
    st.builds("{} = {}".format, keys, values), st.builds("[{}]".format, keys), st.builds("[[{}]]".format, keys)
)


@given(st.lists(lines, max_size=12))
def test_any_toml_is_a_preset_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, some: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text("\n".join(some))
    refusal = ""
    try:
        presets.load(str(path))
    except PresetError as error:
        refusal = str(error)
    assert "\n" not in refusal


# --- chosen on the command line ----------------------------------------------------------------


def overridden(*uses: tuple[Role, str], urls: tuple[tuple[str, str], ...] = ()) -> Overrides:
    return Overrides(uses, urls)


def test_another_provider_comes_with_its_own_settings() -> None:
    preset = presets.load(str(PRESET), overridden((Role.TTS, "hibari"), (Role.LLM, "openai/gpt-x")))
    assert (preset.tts.use, preset.tts.settings) == ("hibari/heart", {})
    assert (preset.llm.use, preset.llm.settings) == ("openai/gpt-x", {})
    assert preset.stt.settings["texts"]


def test_another_model_of_the_same_provider_keeps_the_settings() -> None:
    preset = presets.load(str(PRESET), overridden((Role.TTS, "scripted/other")))
    assert (preset.tts.model, preset.tts.settings) == ("other", {"character_ms": 30.0})


ROUTED = (
    GOOD
    + """
[router]
simple = { use = "groq/llama-3.1-8b-instant" }
complex = { use = "openai", fallback = [{ use = "groq/llama-3.3-70b-versatile" }] }
"""
)


def test_the_routers_models_are_checked_named_and_reached_like_the_others(tmp_path: Path) -> None:
    path = tmp_path / "routed.toml"
    path.write_text(ROUTED)
    preset = presets.load(str(path), Overrides(base_urls=(("groq", "http://127.0.0.1:1"),)))
    own = preset.router.own
    assert [part.use.count("/") for part in own.values()] == [1, 1]
    assert own[Level.SIMPLE].settings == {"base_url": "http://127.0.0.1:1"}
    assert own[Level.COMPLEX].settings == {}
    assert own[Level.COMPLEX].fallback[0].settings == {"base_url": "http://127.0.0.1:1"}
    assert refused(path, ROUTED.replace("groq/llama-3.1", "grok/llama-3.1")).startswith(
        ": router: llm: unknown provider"
    )
    assert "unknown key 'mood'" in refused(path, ROUTED.replace('"openai"', '"openai", mood = "good"'))
    assert "router.hard: unknown key" in refused(path, ROUTED.replace("simple =", "hard ="))
    assert "always" in refused(path, ROUTED.replace("[router]", '[router]\nalways = "hard"'))


def test_a_model_that_is_chosen_by_hand_answers_everything(tmp_path: Path) -> None:
    path = tmp_path / "routed.toml"
    path.write_text(ROUTED)
    assert presets.load(str(path), Overrides(uses=((Role.STT, "scripted"),))).router.on
    assert not presets.load(str(path), Overrides(uses=((Role.LLM, "scripted"),))).router.on


def test_a_server_is_for_every_part_of_its_provider() -> None:
    chosen = overridden((Role.LLM, "openai/gpt-x"), urls=(("openai", "http://127.0.0.1:1/v1"),))
    preset = presets.load(str(PRESET), chosen)
    assert preset.llm.settings == {"base_url": "http://127.0.0.1:1/v1"}


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (overridden((Role.TTS, "nobody/x")), "tts: unknown provider 'nobody'"),
        (overridden((Role.TTS, "No Body")), "--tts No Body: give PROVIDER/MODEL, for example"),
        (overridden((Role.TTS, "")), "--tts : give PROVIDER/MODEL"),
        (overridden((Role.S2S, "gemini/live")), "s2s: this version of the studio has no provider for s2s yet"),
        (overridden(urls=(("openai", "http://x"),)), "--base-url openai=http://x: this preset uses no provider"),
        (overridden(urls=(("scripted", "http://x"),)), "unknown key 'base_url' for scripted"),
    ],
)
def test_what_cannot_be_chosen(overrides: Overrides, sentence: str) -> None:
    with pytest.raises(PresetError) as caught:
        presets.load(str(PRESET), overrides)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the user's own -----------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path))
    (tmp_path / "hotel.toml").write_text(GOOD)
    return tmp_path


def test_the_users_own_presets_are_found_by_name(own: Path) -> None:
    assert presets.path_of("hotel") == own / "hotel.toml"
    assert presets.names() == [*presets.bundled_names(), "hotel"]
    assert not presets.comes_with_the_studio("hotel")


def test_of_two_with_one_name_the_users_is_taken(own: Path) -> None:
    (own / "embedded.toml").write_text(GOOD)
    assert presets.load("embedded").title == "Scripted"
    assert presets.names().count("embedded") == 1
    assert next(listed for listed in presets.listing() if listed.name == "embedded").own


def test_a_list_tells_titles_and_what_is_damaged(own: Path) -> None:
    (own / "broken.toml").write_text("this is = = no TOML")
    found = {listed.name: listed for listed in presets.listing()}
    assert list(found) == presets.names()
    assert (found["hotel"].title, found["hotel"].own, found["hotel"].problem) == ("Scripted", True, "")
    assert (found["broken"].title, found["embedded"].own) == ("broken", False)
    assert "not readable as TOML" in found["broken"].problem
