"""Voice-to-voice latency of the embedded default on this machine, stage by stage.

    python -m benchmarks.embedded [--passes N] [--in WAV] [--json FILE]

Plays the demo caller to the agent in real time, N times, each in a fresh process as a user would start it,
and adds the turns up. Clock: the session's; the speaker is a file, so no device latency is included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from studio.app.folders import demo_caller
from studio.model.measures import SpanName
from studio.model.report import SessionReport, TurnReport


def main() -> int:
    """Run the passes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--in", dest="recording", type=Path, default=demo_caller())
    parser.add_argument("--preset", default="embedded")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    chosen = parser.parse_args()
    machine = machine_line()
    turns = [turn for _ in range(chosen.passes) for turn in _pass(chosen.preset, chosen.recording).turns if turn.v2v_ms]
    figures = _figures(turns)
    print(f"{chosen.preset}, {chosen.recording.name}, {chosen.passes} passes, {len(turns)} turns; {machine}")
    print(f"{'ms':24}{'p50':>8}{'p90':>8}{'p95':>8}{'max':>8}")
    for name, row in figures.items():
        print(f"{name:24}" + "".join(f"{row[column]:8.0f}" for column in ("p50", "p90", "p95", "max")))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine, "n": len(turns), "figures": figures}, indent=2))
    return 0


def _pass(preset: str, recording: Path) -> SessionReport:
    command = [sys.executable, "-m", "studio", "talk", "--preset", preset, "--in", str(recording)]
    with tempfile.TemporaryDirectory() as folder:
        command += ["--out", f"{folder}/agent.wav", "--no-record", "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return SessionReport.model_validate_json(done.stdout)


def _figures(turns: list[TurnReport]) -> dict[str, dict[str, float]]:
    columns = {"V2V": [turn.v2v_ms or 0.0 for turn in turns]}
    for name in SpanName:
        columns[name] = [span.ms for turn in turns for span in turn.spans if span.name is name]
    columns["saved by overlap"] = [turn.saved_ms for turn in turns]
    return {name: _row(values) for name, values in columns.items() if values}


def _row(values: list[float]) -> dict[str, float]:
    p50, p90, p95 = (float(figure) for figure in np.percentile(values, (50, 90, 95)))
    return {"p50": p50, "p90": p90, "p95": p95, "max": max(values)}


if __name__ == "__main__":
    sys.exit(main())
