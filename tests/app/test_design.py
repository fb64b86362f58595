from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app import design, presets
from studio.app.design import Content, Fate
from studio.model.preset import CASCADE, Part, Role
from studio.providers import catalog
from studio.providers.catalog import Model

TODAY = date(2026, 11, 24)


@pytest.fixture
def content() -> Content:
    return presets.read_content(presets.path_of("embedded"))[1]


# --- options ------------------------------------------------------------------------------------


def test_options_are_those_of_the_role_this_machines_first_and_closed_ones_last() -> None:
    for role in CASCADE:
        options = design.provider_options(role)
        ranks = [(option.closed is not None, option.hosted) for option in options]
        assert ranks == sorted(ranks)
        assert all(catalog.provider(option.name).of_role(role) or option.closed for option in options)


def test_a_closed_provider_stands_where_it_was_with_what_to_use_instead() -> None:
    playht = next(option for option in design.provider_options(Role.TTS) if option.name == "playht")
    assert playht.closed == date(2025, 12, 31)
    assert playht.instead
    assert "playht" not in [option.name for option in design.provider_options(Role.LLM)]


@pytest.mark.parametrize(
    ("days", "fate"),
    [
        (None, Fate.FINE),
        (61, Fate.FINE),
        (60, Fate.RETIRING),
        (1, Fate.RETIRING),
        (0, Fate.RETIRED),
        (-9, Fate.RETIRED),
    ],
)
def test_a_model_warns_for_sixty_days_before_it_retires(days: int | None, fate: Fate) -> None:
    retires_on = None if days is None else TODAY + timedelta(days)
    assert design.fate(Model(role=Role.LLM, name="m", target="x:Y", retires_on=retires_on), TODAY) is fate


def test_models_of_a_provider_that_is_unknown_are_none() -> None:
    assert design.model_options(Role.LLM, "nobody", TODAY) == []
    assert design.model_options(Role.STT, "deepgram", TODAY)[0].model.name == "nova-3"


# --- edits --------------------------------------------------------------------------------------

_paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)
_trees: Any = st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3)


@given(_trees, _paths, st.integers())
def test_what_is_put_is_there_and_can_be_taken_away(tree: Content, path: list[str], value: int) -> None:
    if any(not isinstance(design.at(tree, path[:end]), dict | None) for end in range(1, len(path))):
        return  # a value where a table would be
    put = design.put(tree, path, value)
    assert design.at(put, path) == value
    gone = design.put(put, path, None)
    assert design.at(gone, path) is None
    assert all(gone.get(key) == tree.get(key) for key in "abc" if key != path[0])


def test_edits_leave_what_they_are_given_alone(content: Content) -> None:
    before = str(content)
    design.choose_provider(content, Role.STT, "deepgram")
    design.add_fallback(content, Role.STT, "moonshine")
    design.put(content, ("llm", "temperature"), 1.0)
    assert str(content) == before


def test_another_provider_comes_with_its_default_model_and_keeps_who_takes_over(content: Content) -> None:
    with_fallback = design.add_fallback(content, Role.LLM, "openai/gpt-x")
    changed = design.choose_provider(with_fallback, Role.LLM, "openai")
    default = catalog.provider("openai").of_role(Role.LLM)[0].name
    assert changed["llm"] == {"use": f"openai/{default}", "fallback": [{"use": "openai/gpt-x"}]}


def test_another_model_keeps_the_settings(content: Content) -> None:
    changed = design.choose_model(content, Role.LLM, "qwen2.5-coder-1.5b-instruct")
    assert changed["llm"] == {**content["llm"], "use": "embedded/qwen2.5-coder-1.5b-instruct"}
    assert design.choose_model(changed, Role.LLM, "")["llm"]["use"] == "embedded"


def test_those_that_take_over_have_an_order(content: Content) -> None:
    for use in ("a/1", "b/2", "c/3"):
        content = design.add_fallback(content, Role.TTS, use)
    assert design.fallbacks(content, Role.TTS) == ["a/1", "b/2", "c/3"]
    content = design.move_fallback(content, Role.TTS, 2, 0)
    assert design.fallbacks(content, Role.TTS) == ["c/3", "a/1", "b/2"]
    content = design.remove_fallback(content, Role.TTS, 1)
    assert design.fallbacks(content, Role.TTS) == ["c/3", "b/2"]
    for _ in range(2):
        content = design.remove_fallback(content, Role.TTS, 0)
    assert "fallback" not in content["tts"]


def test_a_part_the_preset_leaves_out_is_the_default_one() -> None:
    assert design.use_of({}, Role.VAD) == "silero"
    assert design.use_of({}, Role.STT) == ""
    assert design.titles({}, Role.TURN) == ("Smart Turn", "v3.2")
    assert design.titles({"stt": {"use": "nobody/x"}}, Role.STT) == ("nobody", "x")
    assert design.fallbacks({"stt": {"use": "a", "fallback": "broken"}}, Role.STT) == []


# --- fields and problems ------------------------------------------------------------------------


def test_fields_are_the_providers_own_with_what_holds_for_the_model() -> None:
    fields = {field.key: field for field in design.provider_fields(Role.STT, Part(use="deepgram/nova-3"))}
    assert fields["language"].default == "en"
    assert not {"model", "provider"} & set(fields)
    assert design.provider_fields(Role.TTS, Part(use="hibari/no-such-voice"))[0].key == "speed"


def test_every_bundled_preset_is_without_problems() -> None:
    for name in presets.bundled_names():
        assert design.problems(presets.read_content(presets.path_of(name))[1]) == {}, name


@pytest.mark.parametrize(
    ("path", "value", "place", "said"),
    [
        (("agent", "persona"), "", "agent", "persona: "),
        (("llm", "temperature"), 9.0, "llm", "'temperature' for embedded: "),
        (("llm", "colour"), "red", "llm", "unknown key 'colour'"),
        (("tts", "use"), "playht/x", "tts", "closed for good on 2025-12-31"),
        (("stt", "use"), "nobody/x", "stt", "unknown provider 'nobody'"),
        (("stt", "fallback"), [{"use": "nobody"}], "stt", "unknown provider 'nobody'"),
        (("turn_taking", "silence_ms"), 5, "turn_taking", "silence_ms: "),
        (("vad", "use"), 7, "vad", "use: "),
        (("mood",), "good", "mood", "mood: "),
    ],
)
def test_what_is_wrong_is_told_where_it_is(
    content: Content, path: tuple[str, ...], value: object, place: str, said: str
) -> None:
    found = design.problems(design.put(content, path, value) if value != "" else {**content, "agent": {"persona": ""}})
    assert list(found) == [place]
    assert said in found[place]


def test_a_content_may_be_wrong_in_any_way() -> None:
    assert set(design.problems({})) >= {"agent", "stt", "llm", "tts", "title", "format"}
    assert design.preset_of({}) is None
    assert design.part_of({"stt": "moonshine"}, Role.STT) is None
    assert design.at({"a": 1}, ("a", "b")) is None


def test_the_servers_of_the_command_line_are_where_parts_are_reached(content: Content) -> None:
    content = design.choose_provider(content, Role.STT, "deepgram")
    one = design.reached(content, [("deepgram", "http://127.0.0.1:9")])
    assert one["stt"]["base_url"] == "http://127.0.0.1:9"
    every = design.reached(content, [(presets.EVERY_PROVIDER, "http://127.0.0.1:9/{provider}")])
    assert every["stt"]["base_url"] == "http://127.0.0.1:9/deepgram"
    assert "base_url" not in every["tts"]
    assert design.reached(content, []) == content


# --- keys ---------------------------------------------------------------------------------------


def test_the_name_of_a_key_is_the_vendors_or_the_presets_own() -> None:
    assert design.key_name(Role.STT, Part(use="deepgram")) == "DEEPGRAM_API_KEY"
    assert design.key_name(Role.STT, Part.model_validate({"use": "deepgram", "key_env": "MINE"})) == "MINE"
    assert design.key_name(Role.STT, Part(use="moonshine")) == ""


def test_a_key_is_wanted_at_the_vendors_own_server_only() -> None:
    assert design.wants_key(Part(use="deepgram"))
    assert not design.wants_key(Part.model_validate({"use": "deepgram", "base_url": "http://127.0.0.1:9"}))
    assert not design.wants_key(Part(use="nobody"))


def test_a_refusal_is_traced_to_its_key(content: Content) -> None:
    content = design.add_fallback(content, Role.STT, "deepgram/nova-3")
    sentence = "api.deepgram.com refused access (HTTP 401): check the key in DEEPGRAM_API_KEY."
    assert design.refused_key(content, sentence) == ("deepgram", "DEEPGRAM_API_KEY")
    assert design.refused_key(content, "No answer for 5 s.") is None


def test_values_are_written_on_one_line() -> None:
    assert design.as_text(["a", True, {"b": 1.5}]) == "a, true, b = 1.5"


def test_the_routers_models_are_checked_and_their_keys_known() -> None:
    content = presets.read_content(presets.path_of("embedded"))[1]
    routed = design.put(content, ("router", "complex"), {"use": "anthropic/claude-sonnet-4-6"})
    assert design.problems(routed) == {}
    assert design.refused_key(routed, "ANTHROPIC_API_KEY is not accepted.") == ("anthropic", "ANTHROPIC_API_KEY")
    unknown = design.put(content, ("router", "complex"), {"use": "nobody/model"})
    assert design.problems(unknown)["router"].startswith("complex: unknown provider 'nobody'")
    assert "router" in design.problems({**content, "router": {"hard": {"use": "openai"}}})
    assert "intent" in design.problems({**content, "intent": {"fillers": {"nothing": "x"}}})
