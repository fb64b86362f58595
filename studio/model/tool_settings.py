"""A preset's `[tools]`: what an agent may look up and do. Pure data; must not know how a tool is run."""

from typing import Literal

from pydantic import Field, JsonValue, model_validator

from studio.model.strict import Strict

NAME = r"^[A-Za-z0-9_-]{1,64}$"
"""What every vendor accepts as a tool's name."""


class FunctionTool(Strict):
    """A tool with a canned answer, for trying an agent before its webhook exists."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1)
    """What it does and when to use it, for the model."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """JSON schema of its arguments, an object."""
    answer: str
    """What it answers; `{name}` stands for an argument."""


class Webhook(Strict):
    """A tool behind an HTTP address."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1)
    """What it does and when to use it, for the model."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """JSON schema of its arguments, an object."""
    url: str = Field(pattern=r"^https?://[^/@\s]+(/\S*)?$")
    method: Literal["POST", "GET"] = "POST"
    """POST sends the arguments as a JSON object, GET as a query."""
    key_env: str = ""
    """The name of the key that is sent as a bearer token; empty: none."""
    side_effects: bool = True
    """False: asking twice, or for nothing, does no harm."""


class ToolServer(Strict):
    """An MCP server: its tools are the agent's."""

    name: str = Field(pattern=NAME)
    url: str = Field(default="", pattern=r"^(https?://[^/@\s]+(/\S*)?)?$")
    """Where it is reached by streamable HTTP."""
    command: tuple[str, ...] = Field(default=(), strict=False)
    """Or the words of the command that starts it, to be talked to over its standard input and output."""
    key_env: str = ""
    """The name of the key that is sent as a bearer token; empty: none."""
    allow: tuple[str, ...] = Field(default=(), strict=False)
    """The tools to offer; empty: all."""
    side_effects: bool = True
    """False: asking twice, or for nothing, does no harm."""

    @model_validator(mode="after")
    def _one_way(self) -> "ToolServer":
        if bool(self.url) is bool(self.command):
            raise ValueError("give either url or command")
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

    @property
    def empty(self) -> bool:
        """Whether there are no tools at all."""
        return not (self.functions or self.webhooks or self.servers)
