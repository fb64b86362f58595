"""The restaurant is what it says, and the official client understands its server either way."""

import json
import sys
from pathlib import Path

import httpx
import pytest

from tests.fakes.bookings import SEATS, Bookings, Restaurant, serve_mcp
from tests.fakes.server import FakeServer

DAY = {"date": "2026-12-24", "time": "19:00"}
ROOT = Path(__file__).parents[2]


def test_a_table_is_booked_until_there_is_none_and_free_again_when_cancelled() -> None:
    ours = Restaurant()
    assert ours.book("Kim", **DAY, people=SEATS - 2).endswith("reference R101.")
    assert ours.free(**DAY) == 2
    assert ours.free("2026-12-25", "19:00") == SEATS
    assert ours.book("Lee", **DAY, people=3) == "Only 2 seats are left on 2026-12-24 at 19:00."
    assert ours.cancel("R101") == "R101 is cancelled."
    assert ours.cancel("R101") == "There is no R101."
    assert ours.free(**DAY) == SEATS


@pytest.mark.parametrize("people", [0, -5])
def test_a_table_for_nobody_is_not_booked(people: int) -> None:
    ours = Restaurant()
    assert ours.book("Kim", **DAY, people=people) == "A table is for one person at least."
    assert ours.free(**DAY) == SEATS


@pytest.mark.parametrize("way", ["http", "stdio"])
async def test_the_sdks_own_client_books_and_cancels(way: str) -> None:
    from mcp import Client, StdioServerParameters

    async def talk(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            "check_availability",
            "book_table",
            "cancel_booking",
        ]
        said = [
            (await client.call_tool("check_availability", {**DAY, "people": 4})),
            (await client.call_tool("book_table", {"name": "Kim", **DAY, "people": 4})),
            (await client.call_tool("cancel_booking", {"reference": "R101"})),
        ]
        assert [each.content[0].text for each in said] == [  # type: ignore[union-attr]
            "A table for 4 is free on 2026-12-24 at 19:00.",
            "Booked for Kim: 4 people on 2026-12-24 at 19:00, reference R101.",
            "R101 is cancelled.",
        ]

    if way == "http":
        async with serve_mcp() as url, Client(url) as client:
            await talk(client)
    else:
        command = StdioServerParameters(command=sys.executable, args=["-m", "tests.fakes.bookings"], cwd=ROOT)
        async with Client(command) as client:
            await talk(client)


async def test_a_port_that_is_taken_is_told() -> None:
    async with FakeServer({}) as server:
        port = int(server.url().rpartition(":")[2])
        with pytest.raises(OSError, match="cannot be served"):
            async with serve_mcp(port):
                pass


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "holds"),
    [
        ("POST", "/opening_hours", {}, 200, "Tuesday"),
        ("POST", "/opening_hours", [], 400, "Send a JSON object"),
        ("GET", "/opening_hours", None, 404, ""),
        ("POST", "/menu", {}, 404, ""),
    ],
)
async def test_the_webhook_tells_the_opening_hours(
    method: str, path: str, body: object, status: int, holds: str
) -> None:
    async with FakeServer({"/bookings": Bookings()}) as server, httpx.AsyncClient() as http:
        answer = await http.request(method, server.url(f"/bookings{path}"), json=body)
        assert answer.status_code == status
        assert holds in json.dumps(answer.json())
        assert server.failures == []
