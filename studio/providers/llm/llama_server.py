"""llama.cpp's own OpenAI-compatible server as a child process: `python -m studio.providers.llm.llama_server`.

A process of its own because loading holds the interpreter's lock for seconds, and so that neither a crash nor
the memory of the model outlives it. Reads its options as one line of JSON from stdin, answers with one line on
stdout (`{"base_url"}` or `{"error"}`), and serves until stdin closes, which it does even if the parent is killed.
Must not know the studio's words beyond its own options.
"""

import json
import signal
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """What the server is started with."""

    gguf: str
    """Path of the weights."""
    context_tokens: int
    decode_threads: int
    prompt_threads: int
    gpu_layers: int
    """Layers on the GPU where the library was built for one; -1: as many as fit."""

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self)) + "\n"


def serve(options: LlamaOptions) -> None:
    """Load, tell the address, and serve until stdin closes."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options.gguf
    params.n_ctx = options.context_tokens
    params.n_gpu_layers = options.gpu_layers
    params.cpuparams.n_threads = options.decode_threads
    params.cpuparams_batch.n_threads = options.prompt_threads
    params.n_parallel = 1  # one conversation, so that its prompt stays evaluated
    params.cache_prompt = True
    params.cache_ram_mib = 0  # no second copy of old prompts: up to 8 GiB by default
    params.ui = params.endpoint_slots = params.endpoint_props = False
    params.offline = True
    params.verbosity = -1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        _tell({"error": str(error)})
        return
    _tell({"base_url": f"{server.listening_address}/v1"})
    sys.stdin.read()


def _tell(answer: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """The child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business: it closes our stdin
    serve(LlamaOptions(**json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
