"""The command line: reads arguments and hands over to a command, the app or the window. Only commands print."""

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from studio import __version__
from studio.app.voice_link import CallRequest, Progress
from studio.commands import bench as of_bench
from studio.commands import cache as of_cache
from studio.commands import presets as of_presets
from studio.commands import providers as of_providers
from studio.commands import sessions as of_sessions
from studio.commands.arguments import PRICED, base_urls
from studio.model.errors import StudioError
from studio.model.preset import Role

# Everything else is imported where it is used, so that `studio presets list` does not load a pipeline.


_Commands = Any
"""argparse has no public name for what `add_subparsers` gives."""


class _Parser(argparse.ArgumentParser):
    """Answers a wrong argument with one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    0: done. 1: `doctor` found what keeps the studio from working. 2: one sentence on stderr says what is wrong.
    130: broken off by Ctrl+C.
    """
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except StudioError as error:
        if chosen.debug:
            traceback.print_exc()
        print(f"studio: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _forget_output()  # whoever read it has left, as `head` does: nothing is wrong
        return 0
    except OSError as error:
        if chosen.debug:
            traceback.print_exc()
        print(f"studio: {error.strerror or error}: {error.filename or 'the output'}.", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="studio", description="Design voice agents, talk to them, see every wait.")
    parser.add_argument("--version", action="version", version=f"Voice Agent Studio {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.add_argument(
        "--preset", metavar="NAME|FILE", help="the agent to open in the window (default: the one last used)"
    )
    _take_base_urls(parser)
    parser.set_defaults(run=_window, base_url=[])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    talk = _command(commands, "talk", "hold a call without the window", _talk)
    talk.add_argument("--preset", default="embedded", metavar="NAME|FILE", help="the agent (default: embedded)")
    for role in (Role.STT, Role.LLM, Role.TTS, Role.S2S):
        talk.add_argument(f"--{role}", metavar="PROVIDER/MODEL", help=f"instead of the preset's {role}")
    _take_base_urls(talk)
    talk.add_argument("--in", dest="recording", type=Path, metavar="WAV", help="a recording as the caller")
    talk.add_argument(
        "--out", dest="output", type=Path, metavar="WAV", help="keep what the agent says, on the caller's clock"
    )
    recording = talk.add_mutually_exclusive_group()
    recording.add_argument("--record", type=Path, metavar="DIR", help="where to keep the session")
    recording.add_argument("--no-record", action="store_true", help="keep no session")
    talk.add_argument("--allow-tools", action="store_true", help="let the agent's tools reach what its preset says")
    talk.add_argument("--loop", choices=("real", "virtual"), default="real", help="virtual: skip idle time")
    talk.add_argument("--json", action="store_true", help="print one JSON object")

    _add_presets(commands)
    _add_providers(commands)
    _add_bench(commands)
    _add_cache(commands)

    fakes = _command(commands, "fakes", "stand-ins for every vendor, to try hosted agents without a key", _fakes)
    fakes.add_argument("--port", type=int, default=None, metavar="N", help="where they listen (default: 8750)")

    _command(commands, "devices", "microphones and speakers", _devices)
    doctor = _command(commands, "doctor", "check this machine, and say what to do", _doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    _add_sessions(commands)
    return parser


def _add_presets(commands: _Commands) -> None:
    presets = _command(commands, "presets", "list, show or check agents", of_presets.list_presets)
    actions = presets.add_subparsers(metavar="list|show|validate")
    _command(actions, "list", "the presets there are", of_presets.list_presets)
    show = _command(actions, "show", "print a preset's file, or what it is planned to take", of_presets.show_preset)
    show.add_argument("preset", metavar="NAME|FILE")
    show.add_argument("--plan", action="store_true", help="the planned wait of an answer and the cost of a minute")
    _take_base_urls(show)
    check = "check presets down to each provider's settings"
    validate = _command(actions, "validate", check, of_presets.validate_presets)
    validate.add_argument("presets", nargs="+", metavar="NAME|FILE")


def _add_providers(commands: _Commands) -> None:
    whole = _command(
        commands, "providers", "vendors and engines: keys, models, voices, prices", of_providers.list_providers
    )
    whole.set_defaults(role=None, json=False)
    actions = whole.add_subparsers(metavar="list|show|test|key|voices|price")
    listing = _command(actions, "list", "what there is for each role", of_providers.list_providers)
    listing.add_argument("--role", choices=[role.value for role in Role], help="only this one")
    show = _command(actions, "show", "all that is known of a provider", of_providers.show_provider)
    test = _command(actions, "test", "whether the key is accepted, by one cheap call", of_providers.check_provider)
    key = _command(actions, "key", "put an API key into the keyring; it is asked for", of_providers.keep_key)
    key.add_argument("--remove", action="store_true", help="take it out of the keyring")
    voices = _command(actions, "voices", "the voices that can be chosen", of_providers.list_voices)
    voices.add_argument("--fresh", action="store_true", help="ask the vendor, whatever is kept")
    price = _command(actions, "price", "what you pay for a model, in US dollars", of_providers.set_price)
    price.add_argument("use", metavar="PROVIDER/MODEL")
    price.add_argument("--remove", action="store_true", help="pay the list price again")
    for unit, what in PRICED.items():
        price.add_argument(f"--{unit.replace('_', '-')}", type=float, metavar="USD", help=what)
    for named in (show, test, key, voices):
        named.add_argument("name", metavar="PROVIDER")
    for elsewhere in (test, voices):
        _take_base_urls(elsewhere)
    for printing in (listing, show, voices):
        printing.add_argument("--json", action="store_true", help="print one JSON object")


def _add_bench(commands: _Commands) -> None:
    whole = commands.add_parser("bench", help="compare providers on the same task", description="compare providers")
    actions = whole.add_subparsers(metavar="stt|llm|tts", required=True)
    stt = _command(actions, "stt", "recognisers: time to the final words, word errors, price", of_bench.compare_stt)
    stt.add_argument(
        "--in",
        dest="recordings",
        type=Path,
        required=True,
        metavar="DIR",
        help="WAV files; NAME.txt has NAME.wav's words",
    )
    llm = _command(actions, "llm", "language models: first token, tokens a second, price", of_bench.compare_llm)
    tts = _command(actions, "tts", "voices: first sound, real-time factor, gaps, price", of_bench.compare_tts)
    for bench in (llm, tts):
        bench.add_argument("--n", type=_count, default=10, metavar="N", help="how many for each (default: 10)")
    for bench in (stt, llm, tts):
        bench.add_argument(
            "--with",
            dest="uses",
            action="append",
            default=[],
            metavar="PROVIDER/MODEL",
            help="default: all that are ready",
        )
        bench.add_argument(
            "--language", default="", metavar="CODE", help="two letters (default: as each is set, English)"
        )
        bench.add_argument("--out", type=Path, metavar="DIR", help="write CSV, JSON and a picture there")
        bench.add_argument("--loop", choices=("real", "virtual"), default="real", help="virtual: skip idle time")
        bench.add_argument("--json", action="store_true", help="print one JSON object")
        _take_base_urls(bench)


def _add_cache(commands: _Commands) -> None:
    whole = _command(commands, "cache", "phrases that agents have said before, kept as sound", of_cache.show_cache)
    whole.set_defaults(json=False)
    actions = whole.add_subparsers(metavar="show|prefill|clear")
    show = _command(actions, "show", "how many there are, and how often they were used", of_cache.show_cache)
    filling = "have a preset's greeting, apology and filler spoken before a call wants them"
    prefill = _command(actions, "prefill", filling, of_cache.prefill_cache)
    prefill.add_argument("--preset", required=True, metavar="NAME|FILE")
    _take_base_urls(prefill)
    for printing in (show, prefill):
        printing.add_argument("--json", action="store_true", help="print one JSON object")
    _command(actions, "clear", "remove them all", of_cache.clear_cache)


def _add_sessions(commands: _Commands) -> None:
    whole = _command(commands, "sessions", "what was recorded", of_sessions.list_recorded)
    whole.set_defaults(folder=None, json=False)
    actions = whole.add_subparsers(metavar="list|show|what-if|recover")
    listing = _command(actions, "list", "the sessions in a folder", of_sessions.list_recorded)
    listing.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    showing = _command(actions, "show", "the turns and waits of a session", of_sessions.show_session)
    trying = _command(actions, "what-if", "when turns would have ended with other timers", of_sessions.try_timers)
    trying.add_argument("--eagerness", type=float, metavar="X", help="0: patient, 1: hasty; sets the timers together")
    trying.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of [turn_taking], such as silence_ms=200",
    )
    recovering = _command(
        actions, "recover", "repair the files of a session that broke off", of_sessions.recover_session
    )
    for one in (showing, trying, recovering):
        one.add_argument("folder", type=Path, metavar="DIR")
    for printing in (listing, showing, trying):
        printing.add_argument("--json", action="store_true", help="print one JSON object")


def _take_base_urls(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--base-url",
        action="append",
        default=argparse.SUPPRESS,  # what stands before the command holds, too
        metavar="PROVIDER=URL",
        help="reach a provider at another server; '*=URL/{provider}': all of them",
    )


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _command(
    commands: _Commands,
    name: str,
    what: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    command.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    command.set_defaults(run=run)
    return command


def _window(chosen: argparse.Namespace) -> int:
    from studio.app.display import has_display

    if not has_display(os.environ, sys.platform):
        raise StudioError("There is no display. Without one: studio talk --in caller.wav --out agent.wav")
    from studio.ui.main import run

    code: int = run(chosen.preset, base_urls(chosen.base_url))
    return code


def _talk(chosen: argparse.Namespace) -> int:
    from studio.app.folders import session_folder
    from studio.app.headless import Screen, talk

    uses = {role: getattr(chosen, role) for role in (Role.STT, Role.LLM, Role.TTS, Role.S2S)}
    request = CallRequest(
        preset=chosen.preset,
        overrides=tuple((role, use) for role, use in uses.items() if use is not None),
        base_urls=base_urls(chosen.base_url),
        recording=chosen.recording,
        output=chosen.output,
        record_to=None if chosen.no_record else session_folder(chosen.record, chosen.preset),
        virtual=chosen.loop == "virtual",
        allow_tools=chosen.allow_tools,
    )
    report = talk(request, Screen(_nothing if chosen.json else _show, _complain, _show_progress))
    if chosen.json:
        print(report.model_dump_json(indent=2))
    return 0


def _show_progress(progress: Progress) -> None:
    share = "" if progress.fraction is None else f" {progress.fraction:.0%}"
    line = f"Loading {progress.label}{share} ..."
    # A bar that moves needs a terminal; elsewhere only the steps are worth a line.
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    elif progress.fraction in (None, 1.0):
        print(line, file=sys.stderr, flush=True)


def _show(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Whoever read along has left, as `head` does: hang up in order, as for Ctrl+C.
        _forget_output()
        os.kill(os.getpid(), signal.SIGINT)


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _nothing(_line: str) -> None:
    """Shows nothing."""


def _devices(_chosen: argparse.Namespace) -> int:
    from studio.audio.devices import Direction, SoundSystem

    devices = SoundSystem().devices()
    for direction in Direction:
        for device in devices:
            if device.serves(direction):
                mark = "*" if device.is_default(direction) else " "
                print(f"{mark} {direction.noun:10} {device.default_rate_hz:6} Hz  {device.name} ({device.host_api})")
    if not devices:
        raise StudioError("There is no sound device. A recording can still call: studio talk --in caller.wav")
    return 0


def _fakes(chosen: argparse.Namespace) -> int:
    from studio.app.fakes import PORT, serve_fakes

    return serve_fakes(PORT if chosen.port is None else chosen.port)


def _doctor(chosen: argparse.Namespace) -> int:
    from studio.app.doctor import exit_code, render, run_checks

    findings = run_checks()
    print(json.dumps({"findings": [asdict(f) for f in findings]}, indent=2) if chosen.json else render(findings))
    return exit_code(findings)


if __name__ == "__main__":
    sys.exit(main())
