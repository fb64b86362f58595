"""JSON objects, one a line, each with its own checksum, so that damage is seen and named.

Must not know what an object says. Every line is plain JSON to any other program.
"""

import json
import re
import zlib
from typing import Any

from studio.model.errors import SessionError

LONGEST_LINE = 1 << 20
"""Bytes; nothing a call produces comes near it, and no file can make a reader allocate more at once."""

_ENDING = re.compile(rb',"crc":"([0-9a-f]{8})"\}\n?\Z')
_LARGEST_NUMBER = 2**63
_NUMBERS = (int, float)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)  # made once: opening an hour decodes half a million lines
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(record: dict[str, Any]) -> bytes:
    """One line. The checksum is the CRC-32 of everything before `,"crc"`.

    A lone surrogate, which UTF-8 cannot hold, becomes a question mark.

    Raises:
        ValueError: the record holds NaN, infinity or something JSON has no form for.
    """
    body = _ENCODER.encode(record).encode(errors="replace")[:-1]
    return body + b',"crc":"%08x"}\n' % zlib.crc32(body)


def decode(line: bytes) -> dict[str, Any]:
    """The record of one line, without its checksum.

    Raises:
        SessionError: the line is torn, damaged, or holds what no studio writes.
    """
    if (ending := _ENDING.search(line)) is None:
        raise SessionError("the line is torn or carries no checksum")
    if int(ending[1], 16) != zlib.crc32(line[: ending.start()]):
        raise SessionError("the checksum does not match")
    record = parse(line)
    del record["crc"]
    return record


def parse(line: bytes) -> dict[str, Any]:
    """The object of one line whatever its checksum says.

    Raises:
        SessionError: not a JSON object, nested too deeply, or a number beyond 64 bits.
    """
    try:
        record = _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise SessionError(f"not JSON ({str(error)[:60]})") from error
    if not isinstance(record, dict):
        raise SessionError("not a JSON object")
    for name, value in record.items():
        if type(value) in _NUMBERS and not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
            raise SessionError(f"{name[:40]} is beyond 64 bits")
    return record
