import subprocess
import sys
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import PresetError
from studio.model.preset import Part, Preset, Role
from studio.providers.catalog import ENTRIES, Entry, build, find, settings, weights_of
from studio.providers.weights import read_manifest

each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.role}-{entry.provider}")


def part(**keys: Any) -> Part:
    return Part.model_validate(keys)


def preset(**parts: str) -> Preset:
    uses = {"stt": "moonshine", "llm": "embedded", "tts": "hibari", **parts}
    chosen = {role: {"use": use} for role, use in uses.items()}
    return Preset.model_validate({"format": 1, "title": "Test", "agent": {"persona": "Be brief."}, **chosen})


@each_entry
def test_every_line_leads_to_a_provider_that_can_be_built(entry: Entry) -> None:
    assert find(entry.role, entry.provider) is entry
    chosen = Part(use=entry.provider)
    assert settings(entry.role, chosen).model == entry.models[0]
    assert callable(build(entry.role, chosen).open)


@each_entry
def test_every_known_model_is_accepted_and_its_weights_exist(entry: Entry) -> None:
    for model in entry.models:
        assert settings(entry.role, Part(use=f"{entry.provider}/{model}")).model == model
    assert set(entry.weights) <= set(entry.models)
    assert set(entry.weights.values()) <= set(read_manifest().sets)


@each_entry
def test_what_a_line_says_is_the_default_is_the_providers_own(entry: Entry) -> None:
    default = type(settings(entry.role, Part(use=entry.provider))).model_fields["model"].default
    assert entry.env_key is not None or default == entry.models[0]


@each_entry
@given(value=st.one_of(st.text(), st.integers(), st.lists(st.integers()), st.booleans()))
def test_an_unknown_key_is_named_with_those_there_are(entry: Entry, value: Any) -> None:
    with pytest.raises(PresetError, match=f"{entry.role}: unknown key 'foo' for {entry.provider}; it knows: "):
        settings(entry.role, part(use=entry.provider, foo=value))


@pytest.mark.parametrize(
    ("role", "chosen", "says"),
    [
        (Role.TTS, part(use="hibari", speed="fast"), "tts: 'speed' for hibari"),
        (Role.TTS, part(use="hibari", speed=9.0), "tts: 'speed' for hibari"),
        (Role.TTS, Part(use="hibari/tokyo"), "tts: 'model' for hibari"),
        (Role.LLM, part(use="openai", base_url="ftp://x"), "llm: 'base_url' for openai"),
        (Role.LLM, part(use="openai", base_url="https://user:secret@x/v1"), "llm: 'base_url' for openai"),
        (Role.LLM, part(use="openai", model="x"), "llm: unknown key 'model' for openai"),
    ],
)
def test_a_wrong_value_is_named(role: Role, chosen: Part, says: str) -> None:
    with pytest.raises(PresetError, match=says) as caught:
        settings(role, chosen)
    assert "secret" not in str(caught.value)


def test_a_vendors_model_that_is_not_listed_is_passed_on() -> None:
    assert settings(Role.LLM, Part(use="openai/brand/new")).model == "brand/new"
    assert settings(Role.LLM, Part(use="embedded//models/my.gguf")).model == "/models/my.gguf"


def test_settings_of_a_toml_file_are_understood() -> None:
    table = tomllib.loads(
        'use = "openai/m"\nbase_url = "http://localhost:1/v1"\ntemperature = 1\nrequest = {top_k = 3}'
    )
    assert settings(Role.LLM, Part(**table)).model_dump(include={"temperature", "request"}) == {
        "temperature": 1.0,
        "request": {"top_k": 3},
    }


def test_an_unknown_provider_names_those_there_are() -> None:
    with pytest.raises(PresetError, match="stt: unknown provider 'telepathy'; there are: moonshine, whisper"):
        find(Role.STT, "telepathy")


def test_there_is_no_speech_to_speech_yet() -> None:
    with pytest.raises(PresetError, match="no provider for s2s yet"):
        find(Role.S2S, "anything")


def test_weights_of_a_preset() -> None:
    assert weights_of(preset()) == [
        "silero-vad",
        "smart-turn-v3.2",
        "moonshine-tiny-en",
        "qwen2.5-coder-0.5b-instruct",
        "hibari-heart",
    ]
    assert "qwen2.5-coder-0.5b-instruct" not in weights_of(preset(llm="openai"))
    assert "qwen2.5-coder-0.5b-instruct" not in weights_of(preset(llm="embedded//models/my.gguf"))


def test_checking_settings_loads_nothing_heavy() -> None:
    heavy = "{'onnxruntime', 'moonshine_voice', 'xllamacpp', 'hibari', 'faster_whisper', 'soxr', 'scipy'}"
    code = f"""
import sys
from studio.model.preset import Part
from studio.providers.catalog import ENTRIES, settings
for entry in ENTRIES:
    settings(entry.role, Part(use=entry.provider))
sys.exit(str(sorted({heavy} & set(sys.modules))) if {heavy} & set(sys.modules) else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
