from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from studio.model.session import SESSION_FORMAT, Header

STARTED = datetime(2026, 11, 23, 22, 5, 1, tzinfo=UTC)


def test_a_header_survives_json() -> None:
    header = Header.unknown(STARTED)
    assert Header.model_validate(header.model_dump(mode="json")) == header
    assert header.format == SESSION_FORMAT


def test_wall_time_has_an_offset_and_keys_are_known() -> None:
    record = Header.unknown(STARTED).model_dump(mode="json")
    with pytest.raises(ValidationError, match="timezone"):
        Header.model_validate({**record, "started": "2026-11-23T22:05:01"})
    with pytest.raises(ValidationError, match="Extra inputs"):
        Header.model_validate({**record, "api_key": "x"})
