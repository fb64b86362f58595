"""A preset's `[tools]`: what an agent may look up and do. Pure data; must not know how a tool is run."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator, model_validator

from studio.model.strict import Strict

NAME = r"^[A-Za-z0-9_-]{1,64}$"
"""What every vendor accepts as a tool's name."""
URL = r"^https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\\%\[\]]+)(:[0-9]{1,5})?([/?][^\s#]*)?$"
"""So narrow that nobody can read another host into it than is asked for."""
KEY = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


def _reachable(url: str) -> str:
    """The address, if its port exists."""
    if url and urlsplit(url).port == 0:  # a port above 65535 is a ValueError already
        raise ValueError("the port is 0")
    return url


class _Described(Strict):
    """What a model is told of a tool."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1)
    """What it does and when to use it, for the model."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """JSON schema of its arguments, an object."""

    @field_validator("parameters")
    @classmethod
    def _an_object(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if schema.get("type", "object") != "object":
            raise ValueError('the type of a tool\'s parameters must be "object"')
        if not isinstance(properties, dict) or not all(isinstance(each, dict) for each in properties.values()):
            raise ValueError("properties must be a table with a table for each parameter")
        if not isinstance(required, list) or not all(isinstance(name, str) and name in properties for name in required):
            raise ValueError("required must be a list of names that properties has")
        return schema


class FunctionTool(_Described):
    """A tool with a canned answer, for trying an agent before its webhook exists."""

    answer: str
    """What it answers; `{name}` stands for an argument."""


class Webhook(_Described):
    """A tool behind an HTTP address."""

    url: str = Field(pattern=URL)
    method: Literal["POST", "GET"] = "POST"
    """POST sends the arguments as a JSON object, GET as a query."""
    key_env: str = Field(default="", pattern=KEY)
    """The name of the key that is sent as a bearer token; empty: none."""
    side_effects: bool = True
    """False: asking twice, or for nothing, does no harm."""

    _port = field_validator("url")(_reachable)


class ToolServer(Strict):
    """An MCP server: its tools are the agent's."""

    name: str = Field(pattern=NAME)
    url: str = Field(default="", pattern=rf"^$|{URL}")
    """Where it is reached by streamable HTTP."""
    command: tuple[str, ...] = Field(default=(), strict=False)
    """Or the words of the command that starts it, to be talked to over its standard input and output."""
    key_env: str = Field(default="", pattern=KEY)
    """The name of the key that is sent as a bearer token, or is in the environment of the command; empty: none."""
    allow: tuple[str, ...] = Field(default=(), strict=False)
    """The tools to offer; empty: all."""
    side_effects: bool = True
    """False: asking twice, or for nothing, does no harm."""

    _port = field_validator("url")(_reachable)

    @model_validator(mode="after")
    def _one_way(self) -> "ToolServer":
        if bool(self.url) is bool(self.command):
            raise ValueError("give either url or command")
        if self.command and not self.command[0]:
            raise ValueError("the first word of command is empty")
        return self


class ToolSettings(Strict):
    """All tools of an agent, and how long they may take."""

    filler: str = ""
    """What is said while a tool takes long; empty: nothing."""
    filler_after_ms: int = Field(default=700, ge=0, le=10_000)
    timeout_s: float = Field(default=8, gt=0, le=120)
    """How long a tool may take."""
    rounds: int = Field(default=4, ge=1, le=20)
    """How many times in a row the model may ask for tools."""
    functions: tuple[FunctionTool, ...] = Field(default=(), strict=False)
    webhooks: tuple[Webhook, ...] = Field(default=(), strict=False)
    servers: tuple[ToolServer, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _one_of_each_name(self) -> "ToolSettings":
        for names in ([each.name for each in (*self.functions, *self.webhooks)], [each.name for each in self.servers]):
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(f"there are two called {twice}")
        return self

    @property
    def empty(self) -> bool:
        """Whether there are no tools at all."""
        return not (self.functions or self.webhooks or self.servers)
