"""What a run has found so far, in a file after every call: who is cut off goes on where it was.

Must not know how calls are held.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.figures import Figures, as_json, from_json
from benchmarks.peers.systems import SYSTEMS


@dataclass
class Results:
    """Of all systems under the same conditions."""

    place: Path | None
    """None: they are only shown."""
    conditions: list[str]
    """The machine in the first line, in the others what every system meets."""
    rows: dict[str, Figures | str] = field(default_factory=dict)
    """By system; a text says what it failed of."""
    loads: dict[str, Any] = field(default_factory=dict)

    def resume(self) -> None:
        """Take over what an earlier run has kept.

        Raises:
            ValueError: it was another recording, or the delays were others.
        """
        if self.place is None or not self.place.exists():
            return
        kept = json.loads(self.place.read_text("utf-8"))
        if kept["conditions"][1:] != self.conditions[1:]:
            raise ValueError(f"{self.place} was made otherwise: {'; '.join(kept['conditions'][1:])}")
        self.rows = {name: row if isinstance(row, str) else from_json(row) for name, row in kept["figures"].items()}
        self.loads = kept["load"]

    def add(self, system: str, row: Figures | str) -> None:
        """A call is over."""
        rows = {**self.rows, system: row}
        self.rows = {each.name: rows[each.name] for each in SYSTEMS if each.name in rows}
        self._keep()

    def add_load(self, system: str, load: Any) -> None:
        """What a system holds at once."""
        self.loads[system] = load
        self._keep()

    def _keep(self) -> None:
        if self.place is None:
            return
        written = {
            "conditions": self.conditions,
            "systems": {each.name: each.about for each in SYSTEMS if each.name in self.rows},
            "figures": {name: as_json(row) for name, row in self.rows.items()},
            "load": self.loads,
        }
        self.place.write_text(json.dumps(written, indent=2), "utf-8")
