"""What is said in a conversation, as a language model reads it. Frozen."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the history."""

    role: Literal["system", "user", "assistant"]
    text: str
    """For the assistant: only what the user really heard."""
