"""A restaurant whose tools an agent can use: an MCP server by the official SDK, and a webhook for its opening hours.

python -m tests.fakes.bookings                 the MCP server on standard input and output
python -m tests.fakes.bookings --port PORT     over streamable HTTP
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.fakes.server import Answer, Refuse, Request, Socket

ROOT = Path(__file__).parents[2]
SEATS = 12
HOURS = "Open from Tuesday to Sunday, 17:00 to 23:00; the kitchen closes at 22:00."
MCP_PATH = "/mcp"


class Restaurant:
    """What it has and who comes."""

    def __init__(self) -> None:
        self._booked: dict[str, dict[str, Any]] = {}
        self._references = count(101)

    def free(self, date: str, time: str) -> int:
        """Seats that nobody has booked."""
        taken = (b["people"] for b in self._booked.values() if (b["date"], b["time"]) == (date, time))
        return SEATS - int(sum(taken))

    def book(self, name: str, date: str, time: str, people: int) -> str:
        """A reference, or why not."""
        if people < 1:
            return "A table is for one person at least."
        if people > self.free(date, time):
            return f"Only {self.free(date, time)} seats are left on {date} at {time}."
        reference = f"R{next(self._references)}"
        self._booked[reference] = {"name": name, "date": date, "time": time, "people": people}
        return f"Booked for {name}: {people} people on {date} at {time}, reference {reference}."

    def cancel(self, reference: str) -> str:
        """Whether it was there."""
        return f"{reference} is cancelled." if self._booked.pop(reference, None) else f"There is no {reference}."


def mcp_server(restaurant: Restaurant | None = None) -> Any:
    """The restaurant as an MCP server."""
    from mcp.server import MCPServer
    from mcp.types import ToolAnnotations

    ours = restaurant or Restaurant()
    server = MCPServer("bookings", log_level="ERROR")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def check_availability(date: str, time: str, people: int) -> str:
        """Whether a table is free. Use it before booking."""
        free = ours.free(date, time)
        return (
            f"A table for {people} is free on {date} at {time}." if free >= people else f"Only {free} seats are left."
        )

    @server.tool()
    def book_table(name: str, date: str, time: str, people: int) -> str:
        """Book a table. Use it when the caller has said name, day, time and how many people."""
        return ours.book(name, date, time, people)

    @server.tool()
    def cancel_booking(reference: str) -> str:
        """Cancel a booking by its reference."""
        return ours.cancel(reference)

    return server


@asynccontextmanager
async def serve_mcp(port: int = 0) -> AsyncIterator[str]:
    """The MCP server over streamable HTTP on loopback, in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "tests.fakes.bookings", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise OSError(None, f"the restaurant's tools cannot be served on port {port}")
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def serve(port: int) -> None:
    """The MCP server over streamable HTTP, until this process is told to end; prints its URL."""
    import uvicorn

    listening = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio sends small answers at once only where it says TCP
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}{MCP_PATH}\n")
    sys.stdout.flush()
    app = mcp_server().streamable_http_app(streamable_http_path=MCP_PATH)
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run([listening])


class Bookings:
    """The webhook: `POST /opening_hours`."""

    async def http(self, request: Request, answer: Answer) -> None:
        """When it is open."""
        if (request.method, request.path) == ("POST", "/opening_hours"):
            if not isinstance(request.json(), dict):
                await answer.json({"error": "Send a JSON object."}, 400)
            else:
                await answer.json({"hours": HOURS})

    def greet(self, _request: Request) -> Refuse | None:
        """It has no websocket."""
        return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Nothing to say."""


if __name__ == "__main__":
    if "--port" in sys.argv:
        serve(int(sys.argv[-1]))
    else:
        mcp_server().run()
