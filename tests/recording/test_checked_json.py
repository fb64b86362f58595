import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import SessionError
from studio.recording.checked_json import LONGEST_LINE, decode, encode

values = st.one_of(
    st.text(), st.booleans(), st.none(), st.integers(-(2**62), 2**62), st.floats(-1e18, 1e18), st.lists(st.integers())
)
records = st.dictionaries(st.text().filter(lambda key: key != "crc"), values, min_size=1)


def checked(body: bytes) -> bytes:
    """A line of somebody who means harm and can compute checksums."""
    return body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body[:-1])


@given(records)
def test_round_trip_and_plain_json(record: dict[str, object]) -> None:
    line = encode(record)
    assert line.count(b"\n") == 1
    assert decode(line) == record
    assert decode(line.rstrip(b"\n")) == record
    assert {key: value for key, value in json.loads(line).items() if key != "crc"} == record


@given(records, st.data())
def test_every_flipped_bit_is_seen(record: dict[str, object], data: st.DataObject) -> None:
    line = bytearray(encode(record))
    position = data.draw(st.integers(0, len(line) - 2))
    line[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SessionError):
        decode(bytes(line))


def test_every_truncation_is_seen() -> None:
    line = encode({"event": "Muted", "at": 5, "on": True})
    for end in range(len(line) - 1):
        with pytest.raises(SessionError, match="torn"):
            decode(line[:end])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":1e999}', "64 bits"),
        (b'{"a":' + b"9" * 400 + b"}", "64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":' + b"[" * 100_000 + b"}", "not JSON"),
        (b'{"a":"\xff"}', "not JSON"),
        (b"[1 ]", "not JSON"),
    ],
    ids=["nan", "infinity", "float", "integer", "digits", "deep", "utf8", "list"],
)
def test_what_no_studio_writes_is_refused(body: bytes, reason: str) -> None:
    assert len(body) < LONGEST_LINE
    with pytest.raises(SessionError, match=reason):
        decode(checked(body))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_json_for_what_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": number})


def test_lone_surrogates_do_not_stop_a_recording() -> None:
    assert decode(encode({"text": "a\ud800b"})) == {"text": "a?b"}
