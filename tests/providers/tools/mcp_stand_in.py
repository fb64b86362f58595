"""An MCP server as small as the protocol allows, on the harness that misbehaves on the wire as it is told."""

from typing import Any

from tests.fakes.server import Answer, Refuse, Request, Socket

VERSION = "2025-06-18"


class McpStandIn:
    """Speaks streamable HTTP of the older protocol, with answers in JSON, two tools, and a page for each."""

    def __init__(self, key: str | None = None, session: str | None = None) -> None:
        self._key = key
        self.session = session
        """A request of another session gets status 404."""
        self.content: list[dict[str, Any]] = [{"type": "text", "text": "Done."}]
        self.structured: Any = None
        self.used: list[str] = []

    async def http(self, request: Request, answer: Answer) -> None:
        message = request.json()
        if self._key is not None and request.headers.get("authorization") != f"Bearer {self._key}":
            await answer.json({"error": f"not with {request.headers.get('authorization')}"}, 401)
        elif request.method != "POST":
            await answer.data(b"", "text/plain", 405)
        elif "id" not in message:
            await answer.data(b"", "text/plain", 202)
        elif message["method"] == "initialize":
            headers = {"Mcp-Session-Id": self.session} if self.session else {}
            about = {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": _INFO}
            await answer.json({"jsonrpc": "2.0", "id": message["id"], "result": about}, headers=headers)
        elif self.session and request.headers.get("mcp-session-id") not in (None, self.session):
            await answer.json({"error": "no such session"}, 404)
        else:
            await answer.json({"jsonrpc": "2.0", "id": message["id"], **self._answer(message)})

    def greet(self, _request: Request) -> Refuse | None:
        return Refuse(404)

    async def talk(self, request: Request, socket: Socket) -> None:
        pass

    def _answer(self, message: Any) -> dict[str, Any]:
        match message["method"], message.get("params") or {}:
            case "tools/list", {"cursor": "2"}:
                return {"result": {"tools": [_tool("files.read/now", {"readOnlyHint": True})]}}
            case "tools/list", _:
                return {"result": {"tools": [_tool("book", {})], "nextCursor": "2"}}
            case "tools/call", {"name": name}:
                self.used.append(name)
                structured = {} if self.structured is None else {"structuredContent": self.structured}
                return {"result": {"content": self.content, **structured}}
            case _:
                return {"error": {"code": -32601, "message": "Method not found"}}


_INFO = {"name": "stand-in", "version": "1"}


def _tool(name: str, annotations: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}, "annotations": annotations}


def using(request: Request) -> bool:
    """Whether a request uses a tool."""
    message = request.json()
    return isinstance(message, dict) and message.get("method") == "tools/call"
