"""The command line: reads arguments and hands over to the app or the window. Only here is anything printed."""

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
from studio.model.errors import PresetError, SessionError, StudioError
from studio.model.preset import Role

# Everything else is imported where it is used, so that `studio presets list` does not load a pipeline.


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
    parser.add_argument("--preset", default="embedded", metavar="NAME|FILE", help="the agent to open in the window")
    parser.set_defaults(run=_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    talk = _command(commands, "talk", "hold a call without the window", _talk)
    talk.add_argument("--preset", default="embedded", metavar="NAME|FILE", help="the agent (default: embedded)")
    for role in (Role.STT, Role.LLM, Role.TTS, Role.S2S):
        talk.add_argument(f"--{role}", metavar="PROVIDER/MODEL", help=f"instead of the preset's {role}")
    talk.add_argument(
        "--base-url", action="append", default=[], metavar="PROVIDER=URL", help="reach a provider at another server"
    )
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

    presets = _command(commands, "presets", "list, show or check agents", _list_presets)
    of_presets = presets.add_subparsers(metavar="list|show|validate")
    _command(of_presets, "list", "the presets there are", _list_presets)
    show = _command(of_presets, "show", "print a preset's file", _show_preset)
    show.add_argument("preset", metavar="NAME|FILE")
    validate = _command(of_presets, "validate", "check presets down to each provider's settings", _validate_presets)
    validate.add_argument("presets", nargs="+", metavar="NAME|FILE")

    fakes = _command(commands, "fakes", "stand-ins for every vendor, to try hosted agents without a key", _fakes)
    fakes.add_argument("--port", type=int, default=None, metavar="N", help="where they listen (default: 8750)")

    _command(commands, "devices", "microphones and speakers", _devices)
    doctor = _command(commands, "doctor", "check this machine, and say what to do", _doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")

    sessions = _command(commands, "sessions", "what was recorded", _list_sessions)
    sessions.set_defaults(folder=None, json=False)
    of_sessions = sessions.add_subparsers(metavar="list|show|recover")
    listing = _command(of_sessions, "list", "the sessions in a folder", _list_sessions)
    listing.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    showing = _command(of_sessions, "show", "the turns and waits of a session", _show_session)
    showing.add_argument("folder", type=Path, metavar="DIR")
    showing.add_argument("--json", action="store_true", help="print one JSON object")
    recovering = _command(of_sessions, "recover", "repair the files of a session that broke off", _recover_session)
    recovering.add_argument("folder", type=Path, metavar="DIR")
    return parser


def _command(
    commands: "argparse._SubParsersAction[Any]",
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

    code: int = run(chosen.preset)
    return code


def _talk(chosen: argparse.Namespace) -> int:
    from studio.app.folders import session_folder
    from studio.app.headless import Screen, talk

    base_urls = []
    for text in chosen.base_url:
        provider, separator, url = text.partition("=")
        if not separator or "://" not in url:
            raise StudioError(f"--base-url {text}: give PROVIDER=URL, for example openai=http://127.0.0.1:8080/v1.")
        base_urls.append((provider, url))
    uses = {role: getattr(chosen, role) for role in (Role.STT, Role.LLM, Role.TTS, Role.S2S)}
    request = CallRequest(
        preset=chosen.preset,
        overrides=tuple((role, use) for role, use in uses.items() if use is not None),
        base_urls=tuple(base_urls),
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


def _list_presets(_chosen: argparse.Namespace) -> int:
    from studio.app import presets

    for name in presets.names():
        preset = presets.read(presets.path_of(name))
        print(f"{name:16} {preset.title}: {preset.description}")
    return 0


def _show_preset(chosen: argparse.Namespace) -> int:
    from studio.app import presets

    path = presets.path_of(chosen.preset)
    presets.read(path)
    print(path.read_text(encoding="utf-8"), end="")
    return 0


def _validate_presets(chosen: argparse.Namespace) -> int:
    from studio.app import presets

    code = 0
    for name in chosen.presets:
        try:
            presets.load(name)
        except PresetError as error:
            print(f"studio: {error}", file=sys.stderr)
            code = 2
        else:
            print(f"{name}: valid")
    return code


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


def _list_sessions(chosen: argparse.Namespace) -> int:
    from studio.app.folders import sessions_folder
    from studio.app.sessions import as_json, as_lines
    from studio.recording.sessions import list_sessions

    folder = chosen.folder or sessions_folder()
    if chosen.folder is not None and not folder.is_dir():
        raise SessionError(f"{folder} is no folder.")
    summaries = list_sessions(folder)
    if chosen.json:
        print(as_json(summaries))
    else:
        print("\n".join(as_lines(summaries)) or f"No sessions in {folder} yet.")
    return 0


def _show_session(chosen: argparse.Namespace) -> int:
    from studio.app.sessions import damage_lines, open_newest, report, report_lines

    session = open_newest(chosen.folder)
    if chosen.json:
        print(json.dumps(report(session).model_dump(mode="json"), indent=2))
        for line in damage_lines(session):
            print(line, file=sys.stderr)
    else:
        print("\n".join(report_lines(session)))
    return 0


def _recover_session(chosen: argparse.Namespace) -> int:
    from studio.recording.recover import recover

    print("\n".join(recover(chosen.folder)) or "nothing to repair")
    return 0


if __name__ == "__main__":
    sys.exit(main())
