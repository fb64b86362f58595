"""What the language model is told of the conversation: the persona, and of the rest as much as fits."""

from studio.model.conversation import Message


class History:
    """The persona and the newest messages.

    When more than `limit` characters have come together, the older half is forgotten at once: a
    beginning that changed with every turn would have to be read by the model anew each time.
    """

    def __init__(self, persona: str, limit: int) -> None:
        self._persona = Message("system", persona)
        self._limit = limit
        self._said: list[Message] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """The persona and what is remembered, oldest first; it begins with the user's words or a greeting."""
        return (self._persona, *self._said)

    def asking(self, text: str) -> list[Message]:
        """What the model is asked: everything remembered and the user's new words."""
        return [*self.messages, Message("user", text)]

    def add(self, message: Message) -> None:
        """Something was said."""
        self._said.append(message)
        if self._length() > self._limit:
            while len(self._said) > 1 and (self._length() > self._limit // 2 or self._said[0].role != "user"):
                del self._said[0]

    def _length(self) -> int:
        return sum(len(message.text) for message in self._said)
