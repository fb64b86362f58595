import pytest

from studio.model.errors import ErrorCategory
from studio.providers.deepgram_errors import reported


@pytest.mark.parametrize(
    ("message", "category", "sentence"),
    [
        (
            {"code": "NET-0004", "description": "Session idle\nfor too long."},
            ErrorCategory.CONNECTION,
            "Deepgram hung up (code NET-0004): Session idle for too long; try again.",
        ),
        (
            {"variant": "SchemaError", "description": "No such message.", "message": "{}"},
            ErrorCategory.INVALID_REQUEST,
            "Deepgram rejected the request (code SchemaError): No such message.",
        ),
        ({"code": "DATA-0002"}, ErrorCategory.INVALID_REQUEST, "Deepgram rejected the request (code DATA-0002)."),
        (
            {"code": "INTERNAL_SERVER_ERROR", "description": None},
            ErrorCategory.SERVER,
            "Deepgram failed (code INTERNAL_SERVER_ERROR); try again.",
        ),
        ({}, ErrorCategory.SERVER, "Deepgram failed (code UNKNOWN); try again."),
    ],
)
def test_what_the_vendor_reports_is_one_sentence(
    message: dict[str, str], category: ErrorCategory, sentence: str
) -> None:
    error = reported(message)
    assert (error.category, str(error)) == (category, sentence)


def test_a_long_report_is_cut_short() -> None:
    assert len(str(reported({"code": "X", "description": "word " * 1000}))) < 260
