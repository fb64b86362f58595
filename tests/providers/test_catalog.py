import subprocess
import sys
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import PresetError
from studio.model.preset import Part, Preset, Role
from studio.providers.catalog import (
    CAPABILITIES,
    Model,
    build,
    find,
    known,
    provider,
    providers,
    settings,
    weights_of,
)
from studio.providers.weights import read_manifest

MODELS = [
    pytest.param(name, model, id=f"{model.role}-{name}-{model.name}")
    for name, about in providers().items()
    for model in about.models
]
each_model = pytest.mark.parametrize(("name", "model"), MODELS)


def part(**keys: Any) -> Part:
    return Part.model_validate(keys)


def preset(**parts: str) -> Preset:
    uses = {"stt": "moonshine", "llm": "embedded", "tts": "hibari", **parts}
    chosen = {role: {"use": use} for role, use in uses.items()}
    return Preset.model_validate({"format": 1, "title": "Test", "agent": {"persona": "Be brief."}, **chosen})


@each_model
def test_every_model_leads_to_a_provider_that_can_be_built(name: str, model: Model) -> None:
    chosen = Part(use=f"{name}/{model.name}")
    assert known(model.role, chosen) is model
    assert settings(model.role, chosen).model == model.name
    assert callable(build(model.role, chosen).open)


@each_model
def test_what_is_known_of_a_model_is_of_use(name: str, model: Model) -> None:
    assert model.weights is None or model.weights in read_manifest().sets
    assert set(model.capabilities) <= set(CAPABILITIES)
    assert model.successor is None or model.successor in {other.name for other in provider(name).of_role(model.role)}
    instead = model.successor or model.alternatives
    assert model.retires_on is None or instead, "who is refused must be told what to use"
    assert model.price is None or provider(name).hosted, "nobody bills what runs here"


@pytest.mark.parametrize("name", [name for name, about in providers().items() if about.hosted])
def test_a_hosted_provider_says_how_it_is_reached(name: str) -> None:
    about = provider(name)
    assert about.base_url.startswith(("https://", "http://localhost"))
    assert not about.base_url.endswith("/")
    assert "{key}" in about.key_header
    assert about.env_key is None or about.sign_up.startswith("https://") or not about.key_required


@each_model
def test_what_the_catalog_says_is_the_default_is_the_providers_own(name: str, model: Model) -> None:
    if not provider(name).hosted:
        first = provider(name).of_role(model.role)[0]
        assert type(settings(model.role, Part(use=name))).model_fields["model"].default == first.name


@given(key=st.text(min_size=1).filter(lambda key: not key.isidentifier()), value=st.one_of(st.text(), st.integers()))
def test_an_unknown_key_is_named_with_those_there_are(key: str, value: Any) -> None:
    with pytest.raises(PresetError, match=r"stt: unknown key .* for whisper; it knows: "):
        settings(Role.STT, part(use="whisper", **{key: value}))


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
from studio.providers.catalog import providers, settings
for name, provider in providers().items():
    for model in provider.models:
        settings(model.role, Part(use=name + "/" + model.name))
sys.exit(str(sorted({heavy} & set(sys.modules))) if {heavy} & set(sys.modules) else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
