from collections.abc import AsyncGenerator, Sequence

import pytest

from studio.model.conversation import Message, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack, Retried
from studio.pipeline.ports import LanguageModel, ReplyPiece
from studio.pipeline.retry.chain import Chain
from studio.pipeline.retry.llm import RetryingLlm
from studio.providers.scripted import LlmSettings, ScriptedLlm
from tests.pipeline.retry.calls import failure, with_chain

ASKED = [Message("user", "Hello?")]


class Failing(ScriptedLlm):
    """Each request meets the next of these: an error at once, or after these words; then it works."""

    def __init__(self, *meets: tuple[str, ProviderError], says: str = "Fine.") -> None:
        super().__init__(LlmSettings(replies=(says,), first_token_ms=0, token_ms=0))
        self._meets = list(meets)

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        if self._meets:
            words, error = self._meets.pop(0)
            if words:
                yield ReplyPiece(words)
            raise error
        async for piece in super().reply(messages, tools):
            yield piece


async def say(chain: Chain[LanguageModel]) -> str:
    return "".join([piece.text async for piece in RetryingLlm(chain).reply(ASKED)])


def test_a_passing_failure_costs_a_moment() -> None:
    said, reader, _ = with_chain([Failing(("", failure()), ("", failure()))], say)
    assert (said, len(reader.of(Retried))) == ("Fine.", 2)


def test_the_next_model_answers_within_the_turn() -> None:
    refused = failure(ErrorCategory.AUTHENTICATION)
    said, reader, took_s = with_chain([Failing(("", refused)), Failing(says="Me too.")], say)
    assert (said, len(reader.of(FellBack)), took_s) == ("Me too.", 1, 0)


def test_a_reply_that_broke_off_is_not_begun_again() -> None:
    """Its words are on their way to the speaker: they would be heard twice."""
    with pytest.raises(ProviderError):
        with_chain([Failing(("Well, ", failure())), Failing()], say)


def test_reading_ahead_is_not_repeated() -> None:
    class Unread(ScriptedLlm):
        async def warm(self, messages: Sequence[Message]) -> None:
            raise failure()

    async def warm(chain: Chain[LanguageModel]) -> str:
        with pytest.raises(ProviderError):
            await RetryingLlm(chain).warm(ASKED)
        return RetryingLlm(chain).use

    assert with_chain([Unread(LlmSettings())], warm)[0] == "vendor/0"
