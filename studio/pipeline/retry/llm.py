"""A language model that is asked again, or followed by the next one, as long as nothing of the reply has come."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from studio.model.conversation import Message, Tool
from studio.model.errors import ProviderError
from studio.pipeline.ports import LanguageModel, ReplyPiece
from studio.pipeline.retry.chain import Chain


class RetryingLlm:
    """The language models of a call, as one."""

    def __init__(self, chain: Chain[LanguageModel]) -> None:
        self._chain = chain

    @property
    def use(self) -> str:
        """PROVIDER/MODEL of who is asked now."""
        return self._chain.use

    async def warm(self, messages: Sequence[Message]) -> None:
        """As the port's; a failure is not repeated, since the reply itself will be."""
        await self._chain.engine.warm(messages)

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """As the port's.

        Raises:
            ProviderError: nobody answers; or the reply broke off, and to begin it anew would repeat words.
        """
        attempts = self._chain.attempts()
        while True:
            begun = False
            try:
                async with aclosing(self._chain.engine.reply(messages, tools)) as pieces:
                    async for piece in pieces:
                        begun = begun or bool(piece.text) or piece.call is not None
                        yield piece
                return
            except ProviderError as error:
                if begun:
                    raise
                await attempts.after(error)
