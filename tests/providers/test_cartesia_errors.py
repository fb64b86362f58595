from typing import Any

import pytest

from studio.model.errors import ErrorCategory
from studio.providers.cartesia_errors import reported


@pytest.mark.parametrize(
    ("content", "category", "said"),
    [
        ({"status_code": 401, "message": "Invalid API key: sk-1"}, ErrorCategory.AUTHENTICATION, "refused access"),
        ({"status_code": 402, "title": "Out of credits"}, ErrorCategory.QUOTA, "Out of credits"),
        ({"status_code": 429, "title": "Too many"}, ErrorCategory.RATE_LIMIT, "Too many"),
        ({"status_code": 408}, ErrorCategory.TIMEOUT, "an error"),
        ({"status_code": 503, "title": "Busy", "message": "Later."}, ErrorCategory.SERVER, "Busy: Later (status 503)"),
        ({"status_code": 400, "message": "No\nsuch voice."}, ErrorCategory.INVALID_REQUEST, "No such voice"),
        ({}, ErrorCategory.SERVER, "status 500"),
    ],
)
def test_an_error_is_told_for_what_it_is_in_one_sentence(
    content: dict[str, Any], category: ErrorCategory, said: str
) -> None:
    error = reported(content)
    assert error.category is category
    assert said in str(error)
    assert "sk-1" not in str(error)
    assert str(error).endswith(".")
    assert "\n" not in str(error)
