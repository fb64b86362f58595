import json
from pathlib import Path

import pytest

from studio.model.errors import SessionError
from studio.model.session import SESSION_FORMAT
from studio.recording.migrate import CONVERTERS, Converter, Json, Migration


def rename(record: Json) -> Json:
    return {("text" if key == "words" else key): value for key, value in record.items()}


CHAIN = {
    1: Converter(header=lambda record: {**record, "machine": {}}, event=rename),
    2: Converter(header=lambda record: {**record, "seen": [*record.get("seen", ()), 2]}, event=dict),
}


def test_each_step_is_taken_in_order() -> None:
    migration = Migration(1, target=3, converters=CHAIN)
    assert migration.header({"format": 1}) == {"format": 3, "machine": {}, "seen": [2]}
    assert migration.event({"event": "ReplyText", "words": "hi"}) == {"event": "ReplyText", "text": "hi"}
    assert Migration(2, target=3, converters=CHAIN).event({"words": 1}) == {"words": 1}


def test_the_present_format_stays_as_it_is() -> None:
    record = {"format": SESSION_FORMAT, "any": 1}
    assert Migration(SESSION_FORMAT).header(record) is record


def test_newer_and_unknown_formats_are_refused_in_a_sentence() -> None:
    with pytest.raises(SessionError, match="please update"):
        Migration(SESSION_FORMAT + 1)
    for start in (0, -3):
        with pytest.raises(SessionError, match="cannot be read"):
            Migration(start)


def test_there_is_a_way_from_every_format_there_was() -> None:
    assert set(CONVERTERS) == set(range(1, SESSION_FORMAT))


def test_every_kept_recording_names_its_format() -> None:
    kept = Path(__file__).parents[1] / "recordings"
    formats = {int(folder.name[1:]): folder for folder in kept.iterdir() if folder.is_dir()}
    assert set(formats) == set(range(1, SESSION_FORMAT + 1))
    for number, folder in formats.items():
        assert json.loads((folder / "header.json").read_text())["format"] == number
