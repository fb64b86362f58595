import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from studio.__main__ import main
from studio.model.errors import StudioError
from studio.providers import keys
from tests.fakes.registry import fake
from tests.fakes.server import FakeServer

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")
    monkeypatch.setattr("studio.app.prices.prices_file", lambda: tmp_path / "prices.toml")
    monkeypatch.setattr("studio.app.folders.voices_folder", lambda: tmp_path / "voices")


@contextmanager
def serving(provider: str, key: str | None = None) -> Iterator[str]:
    """A stand-in in another thread, since a command runs a loop of its own; gives its address."""
    told: Queue[tuple[str, Callable[[], object]]] = Queue()

    async def serve() -> None:
        over = asyncio.Event()
        async with FakeServer({"": fake(provider, key=key)}) as server:
            told.put((server.url(), partial(asyncio.get_running_loop().call_soon_threadsafe, over.set)))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    url, end = told.get(timeout=5)
    try:
        yield url
    finally:
        end()
        thread.join(5)


class Keyring:
    """What is kept under which name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept: dict[str, str] = {}
        monkeypatch.setattr(keys, "keep", self.kept.__setitem__)
        monkeypatch.setattr(keys, "place_of", lambda name: "keyring" if self.kept.get(name) else None)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    return Keyring(monkeypatch)


def test_providers_are_listed_with_key_price_speed_and_end(capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "k")
    assert main(["providers", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    llama = next(line for line in lines if "groq/llama-3.1-8b-instant" in line)
    assert llama.startswith("llm ")
    assert "key in the environment" in llama
    assert "ultra-fast, 200 ms published" in llama
    assert "/1M in" in llama
    moonshine = next(line for line in lines if "moonshine/tiny-en" in line)
    assert "no key needed" in moonshine
    assert moonshine.endswith("free")
    assert any("deepgram/nova-3 " in line and "key not set" in line for line in lines)
    assert any(
        "cartesia/sonic " in line and line.endswith("retired 2026-06-01, use cartesia/sonic-3.5") for line in lines
    )
    assert lines[-1].startswith("PlayHT (playht) closed for good on 2025-12-31; use instead: ")


def test_one_role_is_listed_as_json(capsys: Told) -> None:
    assert main(["providers", "list", "--role", "tts", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["providers"]
    assert {each["role"] for each in listed} == {"tts"}
    sonic = next(each for each in listed if each["use"] == "cartesia/sonic-3.5")
    assert (sonic["key_name"], sonic["key_place"], sonic["key_required"]) == ("CARTESIA_API_KEY", None, True)
    assert sonic["price"]["characters_1k"] > 0
    assert sonic["first_ms_source"] == "published"


def test_a_provider_is_shown_whole(capsys: Told) -> None:
    assert main(["providers", "show", "deepgram"]) == 0
    out = capsys.readouterr().out
    for said in ("Deepgram\n", "DEEPGRAM_API_KEY, key not set", "stt: deepgram/nova-3 (Nova-3)", "languages: many"):
        assert said in out
    assert main(["providers", "show", "playht"]) == 0
    assert "closed for good on 2025-12-31" in capsys.readouterr().out
    assert main(["providers", "show", "moonshine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["providers"][0]["free"] is True
    assert main(["providers", "show", "nobody"]) == 2
    assert "There is no provider 'nobody'; there are: " in capsys.readouterr().err


def test_a_key_is_tested_by_one_request(capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "right")
    with serving("deepgram", "right") as url:
        assert main(["providers", "test", "deepgram", "--base-url", f"deepgram={url}"]) == 0
        assert capsys.readouterr().out.startswith("deepgram: accepted in ")
        monkeypatch.setenv("DEEPGRAM_API_KEY", "wrong")
        assert main(["providers", "test", "deepgram", "--base-url", f"*={url}"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "check the key in DEEPGRAM_API_KEY." in told.err


def test_a_key_that_is_not_there_is_one_sentence(capsys: Told) -> None:
    assert main(["providers", "test", "deepgram"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_key_is_read_from_a_pipe(capsys: Told, monkeypatch: pytest.MonkeyPatch, keyring: Keyring) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    assert main(["providers", "key", "deepgram"]) == 0
    assert keyring.kept == {"DEEPGRAM_API_KEY": "s3cret"}
    told = capsys.readouterr()
    assert told.out == "DEEPGRAM_API_KEY is in the keyring.\n"
    assert main(["providers", "key", "deepgram", "--remove"]) == 0
    assert keyring.kept == {"DEEPGRAM_API_KEY": ""}


def test_a_key_is_asked_for_at_a_terminal_and_not_shown(
    capsys: Told, monkeypatch: pytest.MonkeyPatch, keyring: Keyring
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return " s3cret "

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", ask)
    monkeypatch.setattr(keys, "place_of", lambda _: "environment")
    assert main(["providers", "key", "openai"]) == 0
    assert keyring.kept == {"OPENAI_API_KEY": "s3cret"}
    assert asked == ["OpenAI's API key (OPENAI_API_KEY, not shown): "]
    out = capsys.readouterr().out
    assert "is set, too, and comes first" in out
    assert "s3cret" not in out


@pytest.mark.parametrize("name", ["moonshine", "nobody"])
def test_who_wants_no_key_gets_none(name: str, capsys: Told, keyring: Keyring) -> None:
    assert main(["providers", "key", name]) == 2
    assert f"no provider '{name}' that wants a key" in capsys.readouterr().err


def test_no_key_is_no_key(capsys: Told, monkeypatch: pytest.MonkeyPatch, keyring: Keyring) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["providers", "key", "deepgram"]) == 2
    assert keyring.kept == {}
    assert "No key was given" in capsys.readouterr().err


def test_a_machine_without_a_keyring_says_what_works(capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, key: str) -> None:
        raise StudioError(f"This machine has no keyring that keeps {name}; set it as an environment variable instead.")

    monkeypatch.setattr(keys, "keep", refuse)
    monkeypatch.setattr("sys.stdin", io.StringIO("k\n"))
    assert main(["providers", "key", "deepgram"]) == 2
    assert "environment variable instead" in capsys.readouterr().err


def test_voices_are_listed_and_kept(capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", "k")
    with serving("cartesia", "k") as url:
        assert main(["providers", "voices", "cartesia", "--base-url", f"cartesia={url}"]) == 0
        live = capsys.readouterr()
    assert live.out
    assert live.err == ""
    assert main(["providers", "voices", "cartesia", "--base-url", f"cartesia={url}"]) == 0
    kept = capsys.readouterr()
    assert kept.out == live.out
    assert "--fresh asks again" in kept.err
    assert main(["providers", "voices", "cartesia", "--base-url", f"cartesia={url}", "--fresh", "--json"]) == 0
    away = capsys.readouterr()
    assert json.loads(away.out)["live"] is False
    assert "127.0.0.1" in away.err


def test_a_price_is_set_shown_and_taken_away(capsys: Told) -> None:
    assert main(["providers", "price", "deepgram/nova-3", "--audio-minute", "0.003"]) == 0
    assert capsys.readouterr().out.startswith("deepgram/nova-3: $0.003/min (")
    assert main(["providers", "list", "--role", "stt"]) == 0
    assert ", yours" in capsys.readouterr().out
    assert main(["providers", "price", "deepgram/nova-3"]) == 0
    assert capsys.readouterr().out.rstrip().endswith(", yours")
    assert main(["providers", "price", "deepgram/nova-3", "--remove"]) == 0
    assert "yours" not in capsys.readouterr().out
    assert main(["providers", "price", "deepgram/nova-3", "--audio-minute", "-1"]) == 2
    assert main(["providers", "price", "nobody/x", "--audio-minute", "1"]) == 2


@pytest.mark.parametrize(
    ("use", "why"), [("nope/nope", "give PROVIDER"), ("deepgram", "give PROVIDER"), ("playht/x", "closed for good")]
)
def test_what_can_have_no_price_is_refused(use: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "price", use]) == 2
    assert why in capsys.readouterr().err
