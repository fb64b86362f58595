"""`studio sessions`: list, show, try again with other timers, and recover what was recorded."""

import argparse
import json
import sys

from studio.model.errors import SessionError


def list_recorded(chosen: argparse.Namespace) -> int:
    """A line, or an object, for each session."""
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


def show_session(chosen: argparse.Namespace) -> int:
    """Its turns with their waits."""
    from studio.app.sessions import damage_lines, open_newest, report, report_lines

    session = open_newest(chosen.folder)
    if chosen.json:
        print(json.dumps(report(session).model_dump(mode="json"), indent=2))
        for line in damage_lines(session):
            print(line, file=sys.stderr)
    else:
        print("\n".join(report_lines(session)))
    return 0


def recover_session(chosen: argparse.Namespace) -> int:
    """A line for each file that was repaired."""
    from studio.recording.recover import recover

    print("\n".join(recover(chosen.folder)) or "nothing to repair")
    return 0


def try_timers(chosen: argparse.Namespace) -> int:
    """When each turn would have ended."""
    from studio.app import what_if
    from studio.app.sessions import damage_lines, open_newest

    session = open_newest(chosen.folder)
    timers = what_if.other_timers(session, chosen.eagerness, chosen.settings)
    found = what_if.outcomes(session, timers)
    print(what_if.as_json(session, timers, found) if chosen.json else "\n".join(what_if.as_lines(found)))
    for line in damage_lines(session):
        print(line, file=sys.stderr)
    return 0
