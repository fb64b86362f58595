import pytest

from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.providers import catalog
from studio.providers.check import check
from tests.fakes.registry import FAKES, fake
from tests.fakes.server import Answer, FakeServer, Request

KEY = "canary-71c2"


class Html:
    """A page that wants a login, as in a hotel."""

    async def http(self, request: Request, answer: Answer) -> None:
        await answer.data(b"<html>Welcome</html>", "text/html")


@pytest.mark.parametrize("provider", sorted(FAKES))
async def test_a_key_is_accepted_by_one_request(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = catalog.provider(provider).env_key
    assert name is not None
    monkeypatch.setenv(name, KEY)
    async with FakeServer({"": fake(provider, key=KEY)}) as server:
        assert 0 < await check(provider, server.url()) < 5000
        assert server.failures == []


@pytest.mark.parametrize("provider", ["deepgram", "openai", "anthropic", "elevenlabs"])
async def test_a_wrong_key_is_refused_in_one_sentence(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = catalog.provider(provider).env_key
    assert name is not None
    monkeypatch.setenv(name, "wrong-canary")
    async with FakeServer({"": fake(provider, key=KEY)}) as server:
        with pytest.raises(ProviderError, match=f"check the key in {name}") as caught:
            await check(provider, server.url())
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert "canary" not in str(caught.value)


async def test_a_key_that_is_missing_is_told_without_a_request() -> None:
    with pytest.raises(ProviderError, match="DEEPGRAM_API_KEY"):
        await check("deepgram")


async def test_a_key_of_another_name_can_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", KEY)
    async with FakeServer({"": fake("deepgram", key=KEY)}) as server:
        assert await check("deepgram", server.url(), "OTHER_KEY") > 0


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ProviderError) as caught:
        await check("ollama", "http://127.0.0.1:9")
    assert caught.value.category is ErrorCategory.CONNECTION


async def test_a_page_that_is_no_answer_is_told() -> None:
    async with FakeServer({"": Html()}) as server:  # type: ignore[dict-item]
        with pytest.raises(ProviderError, match="did not answer as Deepgram does"):
            await check("deepgram", server.url())


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("moonshine", "runs on this machine"),
        ("playht", "closed for good on 2025-12-31"),
        ("nobody", "no provider 'nobody'"),
    ],
)
async def test_what_has_no_server_cannot_be_tested(provider: str, said: str) -> None:
    with pytest.raises(PresetError, match=said):
        await check(provider)
