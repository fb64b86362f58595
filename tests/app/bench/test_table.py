import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.app.bench.table import Column, Table, as_csv, as_json, as_lines, write
from studio.model.errors import StudioError


@dataclass(frozen=True)
class Row:
    use: str
    ms: float | None
    n: int = 1
    failures: int = 0
    trouble: str = ""
    details: tuple[str, ...] = ()


TABLE = Table(
    "stt",
    (Column("p50 ms", "ms"), Column("exactly", "ms", ".2f"), Column("failed", "failures")),
    [Row("deepgram/nova-3", 151.25, details=("a", "b")), Row("away/model", None, 0, 3, 'It is "away", sadly.')],
    {"recordings": 2},
    "<svg/>",
)


def test_a_table_for_people_is_in_columns_with_what_failed_below() -> None:
    assert list(as_lines(TABLE)) == [
        "                 p50 ms  exactly  failed",
        "deepgram/nova-3     151   151.25       0",
        "away/model            –        –       3",
        'away/model: It is "away", sadly.',
    ]


def test_a_spreadsheet_gets_every_plain_field() -> None:
    assert as_csv(TABLE).splitlines() == [
        "use,ms,n,failures,trouble",
        "deepgram/nova-3,151.25,1,0,",
        'away/model,,0,3,"It is ""away"", sadly."',
    ]


def test_a_program_gets_everything() -> None:
    content = json.loads(as_json(TABLE))
    assert (content["bench"], content["about"]) == ("stt", {"recordings": 2})
    assert content["rows"][0]["details"] == ["a", "b"]
    assert content["rows"][1]["ms"] is None


def test_files_are_called_after_the_comparison(tmp_path: Path) -> None:
    files = write(TABLE, tmp_path / "new" / "folder")
    assert [file.name for file in files] == ["stt.csv", "stt.json", "stt.svg"]
    assert files[0].read_text() == as_csv(TABLE)
    assert json.loads(files[1].read_text())["bench"] == "stt"


def test_where_there_is_nothing_to_draw_there_is_no_picture(tmp_path: Path) -> None:
    bare = Table("llm", (), [], {}, "")
    assert [file.name for file in write(bare, tmp_path)] == ["llm.json"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="cannot be written"):
        write(TABLE, tmp_path / "file")
