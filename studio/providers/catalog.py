"""Every provider there is, as one table; importing it loads none of them. A new one is one file and one line here.

Must not know how a provider works, only where it is and what it is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from studio.model.errors import PresetError
from studio.model.preset import Part, Preset, Role
from studio.providers.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class Entry:
    """One provider of one role."""

    role: Role
    provider: str
    """Its name in presets: PROVIDER in PROVIDER/MODEL."""
    target: str
    """MODULE:CLASS, imported when it is first needed."""
    models: tuple[str, ...]
    """The models known to work, the default first. Others are passed on: a vendor has more than we list."""
    weights: Mapping[str, str] = field(default_factory=dict)
    """By model: the name of the weights it needs on disk."""
    env_key: str | None = None
    """The environment variable its API key is read from by default."""


ENTRIES: tuple[Entry, ...] = (
    Entry(Role.VAD, "silero", "studio.providers.vad.silero:Silero", ("v6",), {"v6": "silero-vad"}),
    Entry(
        Role.TURN, "smart-turn", "studio.providers.turn.smart_turn:SmartTurn", ("v3.2",), {"v3.2": "smart-turn-v3.2"}
    ),
    Entry(
        Role.STT,
        "moonshine",
        "studio.providers.stt.moonshine:Moonshine",
        ("tiny-en",),
        {"tiny-en": "moonshine-tiny-en"},
    ),
    Entry(
        Role.STT,
        "whisper",
        "studio.providers.stt.whisper:Whisper",
        ("tiny.en", "base"),
        {"tiny.en": "whisper-tiny.en", "base": "whisper-base"},
    ),
    Entry(
        Role.LLM,
        "embedded",
        "studio.providers.llm.embedded:Embedded",
        ("auto", "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"),
        {
            "auto": "qwen2.5-coder-0.5b-instruct",
            "qwen2.5-coder-0.5b-instruct": "qwen2.5-coder-0.5b-instruct",
            "qwen2.5-coder-1.5b-instruct": "qwen2.5-coder-1.5b-instruct",
        },
    ),
    Entry(
        Role.LLM,
        "openai",
        "studio.providers.llm.openai_chat:OpenAiChat",
        ("gpt-5.4-mini", "gpt-6-luna"),
        env_key="OPENAI_API_KEY",
    ),
    Entry(Role.TTS, "hibari", "studio.providers.tts.hibari:Hibari", ("heart",), {"heart": "hibari-heart"}),
    Entry(Role.TTS, "kokoro", "studio.providers.tts.kokoro:Kokoro", ("82m-int8",), {"82m-int8": "kokoro-82m-int8"}),
    Entry(Role.VAD, "scripted", "studio.providers.scripted:ScriptedVad", ("loudness",)),
    Entry(Role.TURN, "scripted", "studio.providers.scripted:ScriptedTurn", ("fixed",)),
    Entry(Role.STT, "scripted", "studio.providers.scripted:ScriptedStt", ("script",)),
    Entry(Role.LLM, "scripted", "studio.providers.scripted:ScriptedLlm", ("script",)),
    Entry(Role.TTS, "scripted", "studio.providers.scripted:ScriptedTts", ("tone",)),
)


def find(role: Role, provider: str) -> Entry:
    """The provider of that name.

    Raises:
        PresetError: there is none; names those that exist.
    """
    there = [entry for entry in ENTRIES if entry.role is role]
    for entry in there:
        if entry.provider == provider:
            return entry
    if not there:
        raise PresetError(f"{role}: this version of the studio has no provider for {role} yet; leave it out.")
    raise PresetError(f"{role}: unknown provider {provider!r}; there are: {', '.join(e.provider for e in there)}.")


def settings(role: Role, part: Part) -> ProviderSettings:
    """A preset's choice checked against the provider's settings. Loads no model and no heavy library.

    Raises:
        PresetError: unknown provider, unknown key or wrong type; names the key and what is allowed.
    """
    entry = find(role, part.provider)
    schema: type[ProviderSettings] = _engine(entry).Settings
    known = [name for name in schema.model_fields if name != "model"]
    for key in part.settings:
        if key not in known:
            raise PresetError(
                f"{role}: unknown key {key!r} for {entry.provider}; it knows: {', '.join(known) or 'none'}."
            )
    try:
        return schema.model_validate({**part.settings, "model": part.model or entry.models[0]})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "settings"
        raise PresetError(f"{role}: {key!r} for {entry.provider}: {first['msg']}.") from error


def build(role: Role, part: Part) -> Any:
    """The provider itself, not yet open: it has the port of `role` in `studio.pipeline.ports`.

    Raises:
        PresetError: as `settings`.
    """
    return _engine(find(role, part.provider))(settings(role, part))


def weights_of(preset: Preset) -> list[str]:
    """Names of the weights the preset's parts need on disk, in the order of the pipeline."""
    chosen = [(find(role, preset.part(role).provider), preset.part(role)) for role in Role if role is not Role.S2S]
    names = [entry.weights.get(part.model or entry.models[0]) for entry, part in chosen]
    return [name for name in dict.fromkeys(names) if name is not None]


def _engine(entry: Entry) -> Any:
    module, _, name = entry.target.partition(":")
    return getattr(import_module(module), name)
