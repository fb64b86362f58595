import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.tools.access import Bearer, bearer, is_here

KEY = "canary-19c2"


async def test_a_key_is_shown_to_its_server_and_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", KEY)
    shown = await bearer("SHOP_KEY", "shop")
    assert shown.headers == {"Authorization": f"Bearer {KEY}"}
    assert KEY not in repr(shown)
    assert shown.hidden(f"You sent {KEY}.") == "You sent <SHOP_KEY>."


async def test_without_a_name_there_is_none() -> None:
    assert await bearer("", "shop") == Bearer()
    assert Bearer().headers == {}
    assert Bearer().hidden("as it is") == "as it is"


async def test_a_key_that_is_named_and_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.providers.keys._from_keyring", lambda _name: "")
    with pytest.raises(ProviderError, match="shop wants a key: set SHOP_KEY") as caught:
        await bearer("SHOP_KEY", "shop")
    assert caught.value.category is ErrorCategory.AUTHENTICATION


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.0.0.1.a.example", False), ("10.0.0.1", False)],
)
def test_which_host_is_this_machine(host: str, here: bool) -> None:
    assert is_here(host) is here
