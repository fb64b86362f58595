from datetime import UTC, datetime, timedelta

import httpx
import pytest
from httpx_sse import SSEError
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.http_errors import MESSAGE_LIMIT, refusal, retry_after_s, wire_errors

REQUEST = httpx.Request("POST", "https://host.example/v1/chat")


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (TimeoutError(), ErrorCategory.TIMEOUT),
        (httpx.ReadTimeout("slow"), ErrorCategory.TIMEOUT),
        (httpx.ConnectError("refused"), ErrorCategory.CONNECTION),
        (httpx.ConnectTimeout(""), ErrorCategory.CONNECTION),
        (httpx.ReadError("reset"), ErrorCategory.CONNECTION),
        (httpx.RemoteProtocolError("closed"), ErrorCategory.CONNECTION),
        (httpx.DecodingError("gzip"), ErrorCategory.BROKEN_ANSWER),
        (SSEError("text/html"), ErrorCategory.BROKEN_ANSWER),
    ],
    ids=repr,
)
def test_every_failing_connection_has_its_category(error: Exception, category: ErrorCategory) -> None:
    with pytest.raises(ProviderError, match=r"host\.example") as caught, wire_errors("host.example"):
        raise error
    assert caught.value.category is category
    assert caught.value.__cause__ is error


def test_what_is_no_failing_connection_passes() -> None:
    with pytest.raises(ZeroDivisionError), wire_errors("host.example"):
        raise ZeroDivisionError


@given(status=st.integers(400, 599), body=st.binary() | st.text().map(str.encode) | st.just(b'{"error": "words"}'))
def test_any_refusal_is_one_short_line(status: int, body: bytes) -> None:
    error = refusal(httpx.Response(status, content=body, request=REQUEST), "SOME_KEY")
    assert len(str(error).splitlines()) == 1
    assert "host.example" in str(error)
    assert len(str(error)) < MESSAGE_LIMIT + 120


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_said_of_a_refused_key_is_not_repeated(status: int) -> None:
    body = {"error": {"message": "Incorrect API key provided: sk-secret."}}
    error = refusal(httpx.Response(status, json=body, request=REQUEST), "SOME_KEY")
    assert "secret" not in str(error)
    assert "SOME_KEY" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "No\nsuch  thing."}},
        [{"error": {"message": "No such thing."}}],
        {"error": "No such thing"},
        {"message": "No such thing."},
        {"err_code": "Bad Request", "err_msg": "No such thing."},
    ],
)
def test_repeats_a_servers_own_words_wherever_it_puts_them(body: object) -> None:
    error = refusal(httpx.Response(422, json=body, request=REQUEST), "")
    assert str(error) == "host.example rejected the request (status 422): No such thing."


def test_a_key_may_be_refused_as_a_bad_request() -> None:
    body = [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}]
    error = refusal(httpx.Response(400, json=body, request=REQUEST), "SOME_KEY")
    assert error.category is ErrorCategory.AUTHENTICATION


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "2", "Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "Wed, 99 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_a_server_asks_to_wait(status: int, headers: dict[str, str], wait_s: float | None) -> None:
    error = refusal(httpx.Response(status, headers=headers, request=REQUEST), "")
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_server_may_name_the_moment_from_which_it_answers(zone: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    date = f"{moment:%a, %d %b %Y %H:%M:%S} {zone}"
    error = refusal(httpx.Response(429, headers={"Retry-After": date}, request=REQUEST), "")
    assert error.retry_after_s == pytest.approx(90, abs=5)


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_any_wait_that_a_server_asks_for_is_a_number_or_none(value: str) -> None:
    wait_s = retry_after_s({"retry-after": value})
    assert wait_s is None or wait_s >= 0
