"""A small language model on this machine, without network or key: llama.cpp serves it, `OpenAiChat` talks to it.

Must not know the chat protocol (that is `openai_chat`) nor where weights come from (that is `weights`).
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from studio.model.conversation import Message, Tool
from studio.model.errors import ErrorCategory, ProviderError, WeightsError
from studio.pipeline.ports import ReplyPiece
from studio.providers.llm.llama_server import LlamaOptions
from studio.providers.machine import memory_bytes, usable_cores
from studio.providers.settings import ProviderSettings
from studio.providers.weights import locate, missing

if TYPE_CHECKING:
    from studio.providers.llm.openai_chat import OpenAiChat

SMALL = "qwen2.5-coder-0.5b-instruct"
BETTER = "qwen2.5-coder-1.5b-instruct"
BETTER_NEEDS_CORES = 4
BETTER_NEEDS_BYTES = 8 << 30
STOP_TIMEOUT_S = 5
_SHORT_SPIN = {"GOMP_SPINCOUNT": "1000"}
"""How long threads spin while they wait for each other, as libgomp reads it. Milliseconds a token on two cores, alone
and beside one busy program: 61 and 89 where they sleep at once, 45 and 96 so, 45 and more than 500 where they spin as
long as they like; a single thread 82 and 82."""
_SPIN_IS_SHORT = sys.platform == "linux"
"""Elsewhere llama.cpp is built without libgomp."""


class EmbeddedSettings(ProviderSettings):
    """Which model, and how much of this machine it may use."""

    model: str = "auto"
    """Name of fetched weights, path of a .gguf file, or `auto`: the best one that is there and runs well here."""
    context_tokens: int = Field(default=8192, ge=512)
    """The longest conversation in tokens, reply included."""
    decode_threads: int | None = Field(default=None, ge=1)
    """None: as many as there are cores on Linux, elsewhere one less, for the audio's sake."""
    gpu_layers: int = Field(default=-1, ge=-1)
    """Layers on the GPU where xllamacpp was built for one; -1: as many as fit."""
    temperature: float = Field(default=0, ge=0, le=2)
    """0: the same question gets the same answer; small models wander above it."""
    max_tokens: int = Field(default=256, ge=1)
    """The longest reply in tokens."""


class Embedded:
    """llama.cpp in a child process, for one conversation."""

    Settings: ClassVar = EmbeddedSettings

    def __init__(self, settings: EmbeddedSettings) -> None:
        self._settings = settings
        self._server: subprocess.Popen[str] | None = None
        self._chat: OpenAiChat | None = None
        self._reader: OpenAiChat | None = None
        """Asks for a single token, so that the model stops by itself once it has read a prompt."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="embedded")

    async def open(self) -> None:
        """Start the server and load the model: 1 s for 0.5B, 3 s for 1.5B.

        Raises:
            WeightsError: the model's file is not there.
            ProviderError: llama.cpp cannot load it.
        """
        from studio.providers.llm.chat_protocol import OpenAiChatSettings
        from studio.providers.llm.openai_chat import OpenAiChat

        gguf = _weights_file(self._settings.model)
        base_url = await asyncio.get_running_loop().run_in_executor(self._executor, self._start, gguf)
        settings = OpenAiChatSettings(
            provider="llama-server",
            model=gguf.stem,
            base_url=base_url,
            key_env="",
            temperature=self._settings.temperature,
            max_tokens=self._settings.max_tokens,
            request={"cache_prompt": True},
            answer_timeout_s=60,  # a long prompt that is not cached yet takes 7 ms a token on two cores
        )
        self._chat = OpenAiChat(settings)
        self._reader = OpenAiChat(settings.model_copy(update={"max_tokens": 1}))
        await self._chat.open()
        await self._reader.open()

    async def close(self) -> None:
        """Stop the server and free the model. Safe to call twice."""
        for client in (self._chat, self._reader):
            if client is not None:
                await client.close()
        self._chat = self._reader = None
        await asyncio.to_thread(self._stop)

    async def warm(self, messages: Sequence[Message]) -> None:
        """Evaluate a prompt, so that a reply to one that begins the same starts with what is new in it.

        Raises:
            ProviderError: as `reply`.
        """
        if self._reader is None:
            raise RuntimeError("Embedded is used before open() or after close()")
        async with aclosing(self._reader.reply(messages)) as pieces:
            async for _piece in pieces:
                pass

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """Stream the reply, one piece per token; closing the iterator stops the model at the next token.

        Raises:
            ProviderError: the server failed, or the conversation is longer than `context_tokens`.
        """
        if self._chat is None:
            raise RuntimeError("Embedded is used before open() or after close()")
        async with aclosing(self._chat.reply(messages, tools)) as pieces:
            async for piece in pieces:
                yield piece

    def _start(self, gguf: Path) -> str:
        """The base URL of the server, once it has loaded. Blocks."""
        cores = usable_cores()
        options = LlamaOptions(
            gguf=str(gguf),
            context_tokens=self._settings.context_tokens,
            decode_threads=self._settings.decode_threads or max(1, cores if _SPIN_IS_SHORT else cores - 1),
            prompt_threads=cores,
            gpu_layers=self._settings.gpu_layers,
        )
        command = [sys.executable, "-m", "studio.providers.llm.llama_server"]
        environment = {**_SHORT_SPIN, **os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(options.to_line())
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline() or "{}")
        if "base_url" in answer:
            return str(answer["base_url"])
        reason = answer.get("error") or f"it ended with code {self._server.wait()}"
        raise ProviderError(f"llama.cpp cannot load {gguf.name}: {reason}.", ErrorCategory.INVALID_REQUEST)

    def _stop(self) -> None:
        """Wait for a start under way, then close the server's stdin, which ends it; kill one that hangs. Blocks."""
        self._executor.shutdown(cancel_futures=True)
        if self._server is None:
            return
        with self._server:  # closes both pipes
            try:
                self._server.communicate(timeout=STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._server.kill()
        self._server = None


def _weights_file(model: str) -> Path:
    if model.endswith(".gguf"):
        path = Path(model).expanduser()
        if not path.is_file():
            raise WeightsError(f"There is no file {model}; give the path of a .gguf file or one of {SMALL}, {BETTER}.")
        return path
    return locate(_best_here() if model == "auto" else model)


def _best_here() -> str:
    memory = memory_bytes()
    roomy = usable_cores() >= BETTER_NEEDS_CORES and (memory is None or memory >= BETTER_NEEDS_BYTES)
    return BETTER if roomy and not missing([BETTER]) else SMALL
