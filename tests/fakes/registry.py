"""Which stand-in answers for which provider of the catalog. A new one is one file and one line here."""

from importlib import import_module

from tests.fakes.mind import AT_THE_RESTAURANT
from tests.fakes.script import Script
from tests.fakes.server import Fake

FAKES = {
    "anthropic": "tests.fakes.anthropic:Anthropic",
    "assemblyai": "tests.fakes.assemblyai:AssemblyAi",
    "cartesia": "tests.fakes.cartesia:Cartesia",
    "compatible": "tests.fakes.openai:OpenAi",
    "deepgram": "tests.fakes.deepgram:Deepgram",
    "elevenlabs": "tests.fakes.elevenlabs:ElevenLabs",
    "gemini": "tests.fakes.openai:OpenAi",
    "groq": "tests.fakes.openai:OpenAi",
    "llama-server": "tests.fakes.openai:OpenAi",
    "lmstudio": "tests.fakes.openai:OpenAi",
    "ollama": "tests.fakes.openai:OpenAi",
    "openai": "tests.fakes.openai:OpenAi",
    "openrouter": "tests.fakes.openai:OpenAi",
    "vllm": "tests.fakes.openai:OpenAi",
}
"""By provider: MODULE:CLASS."""


def fake(provider: str, script: Script | None = None, key: str | None = None) -> Fake:
    """The stand-in for a provider; without a `key` it takes any."""
    module, _, name = FAKES[provider].partition(":")
    made: Fake = getattr(import_module(module), name)(script, key)
    thinks = getattr(made, "chat", made)
    if hasattr(thinks, "rules"):
        thinks.rules = AT_THE_RESTAURANT
    return made
