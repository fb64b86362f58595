"""A preset's `[intent]`: what users of an agent may want beside the usual, and what is said for it. Pure data."""

from collections.abc import Iterable

from pydantic import Field, field_validator, model_validator

from studio.model.strict import Strict
from studio.model.terms import Intent


class OwnIntent(Strict):
    """Something that only users of this agent want."""

    name: str = Field(pattern=r"^[\w-]{1,40}$")
    examples: tuple[str, ...] = Field(min_length=2, max_length=200, strict=False)
    """How it may be said; five or more, each with other words, are better than two."""

    @field_validator("examples")
    @classmethod
    def _with_words(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        if not all(any(letter.isalnum() for letter in example) for example in examples):
            raise ValueError("an example has no words")
        return examples


class IntentSettings(Strict):
    """Guessing what the user wants while they speak."""

    enabled: bool = True
    own: tuple[OwnIntent, ...] = Field(default=(), strict=False)
    fillers: dict[str, str] = Field(default_factory=dict)
    """What is said while a tool takes long, by intent; for others it is the filler of `[tools]`."""

    @model_validator(mode="after")
    def _known_names(self) -> "IntentSettings":
        own, trained = [each.name for each in self.own], [intent.value for intent in Intent]
        if twice := next((name for name in own if own.count(name) > 1 or name in trained), None):
            raise ValueError(f"there are two intents called {twice}")
        self.check_names(self.fillers, "fillers")
        return self

    def check_names(self, names: Iterable[str], where: str) -> None:
        """Whether there are such intents.

        Raises:
            ValueError: there is none of that name; tells where, and which there are.
        """
        known = [*(each.name for each in self.own), *(intent.value for intent in Intent)]
        if unknown := next((name for name in names if name not in known), None):
            raise ValueError(f"{where}: there is no intent {unknown!r}; there are: {', '.join(known)}")
