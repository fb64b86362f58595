"""Tools with canned answers, for trying an agent before its webhook exists."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.model.conversation import Tool
from studio.model.tool_settings import FunctionTool
from studio.providers.tools.arguments import schema_of


class Functions:
    """Answers from the preset (port `Source`)."""

    def __init__(self, functions: Sequence[FunctionTool]) -> None:
        self._functions = {function.name: function for function in functions}

    async def open(self) -> Sequence[Tool]:
        """They are there already."""
        return [
            Tool(each.name, each.description, schema_of(each.parameters), side_effects=False)
            for each in self._functions.values()
        ]

    async def close(self) -> None:
        """Nothing to free."""

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The canned answer with the arguments in it; a placeholder without one stays as it is."""
        return re.sub(r"\{(\w+)\}", lambda m: str(arguments.get(m[1], m[0])), self._functions[name].answer)
