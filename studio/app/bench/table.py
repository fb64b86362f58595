"""A comparison's rows for people (text), spreadsheets (CSV) and programs (JSON). Knows no kind of comparison."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from studio.model.errors import StudioError

UNKNOWN = "–"
"""Stands for a figure that nobody knows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table for people."""

    title: str
    key: str
    """The field of a row."""
    form: str = ".0f"
    """As in a format string."""


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison that was held."""

    bench: str
    """stt, llm or tts."""
    columns: tuple[Column, ...]
    """Those for people; all fields of the rows go into files."""
    rows: Sequence[Any]
    """Dataclasses of one class with the fields `use`, `n` (how many tasks were done), `failures` and `trouble`."""
    about: Mapping[str, Any]
    """What the figures rest on."""
    picture: str
    """SVG; empty: there is nothing to draw."""


def as_lines(table: Table) -> Iterator[str]:
    """The table for people, and what failed."""
    head = ["", *(column.title for column in table.columns)]
    body = [[row.use, *(_cell(row, column) for column in table.columns)] for row in table.rows]
    widths = [max(len(line[index]) for line in [head, *body]) for index in range(len(head))]
    for line in [head, *body]:
        first, *rest = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        yield "  ".join([first.strip().ljust(widths[0]), *rest]).rstrip()
    for row in table.rows:
        if row.trouble:
            yield f"{row.use}: {row.trouble}"


def as_json(table: Table) -> str:
    """One JSON object."""
    content = {"bench": table.bench, "about": dict(table.about), "rows": [asdict(row) for row in table.rows]}
    return json.dumps(content, indent=2, default=str)


def as_csv(table: Table) -> str:
    """One line for each row; what is a list of its own is in the JSON only."""
    if not table.rows:
        return ""
    names = [field.name for field in fields(table.rows[0]) if not isinstance(getattr(table.rows[0], field.name), tuple)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in table.rows)
    return text.getvalue()


def write(table: Table, folder: Path) -> list[Path]:
    """Put CSV, JSON and picture into `folder`; returns the files.

    Raises:
        StudioError: it cannot be written.
    """
    contents = {"csv": as_csv(table), "json": f"{as_json(table)}\n", "svg": table.picture}
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, content in contents.items():
            if content:
                files.append(file := folder / f"{table.bench}.{ending}")
                file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise StudioError(f"{folder} cannot be written: {error.strerror}.") from error
    return files


def _cell(row: Any, column: Column) -> str:
    value = getattr(row, column.key)
    return UNKNOWN if value is None else format(value, column.form)
