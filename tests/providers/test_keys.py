from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import PasswordDeleteError, PasswordSetError

from studio.model.errors import ErrorCategory, ProviderError, StudioError
from studio.providers import keys

NAME = "SOME_VENDOR_KEY"
NO_KEYRING: KeyringBackend = fail.Keyring()  # type: ignore[no-untyped-call]


class InMemory(KeyringBackend):
    """A keyring that forgets with the test."""

    priority = 1

    def __init__(self, kept: dict[tuple[str, str], str], locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept = kept
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise PasswordSetError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not found")
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def kept() -> Iterator[dict[tuple[str, str], str]]:
    before = keyring.get_keyring()
    kept: dict[tuple[str, str], str] = {}
    keyring.set_keyring(InMemory(kept))
    yield kept
    keyring.set_keyring(before)


def test_a_kept_key_is_found_under_its_name(kept: dict[tuple[str, str], str]) -> None:
    assert (keys.find(NAME), keys.place_of(NAME)) == ("", None)
    keys.keep(NAME, "k-1")
    assert kept == {(keys.SERVICE, NAME): "k-1"}
    assert (keys.find(NAME), keys.place_of(NAME)) == ("k-1", "keyring")


def test_the_environment_comes_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keys.keep(NAME, "kept")
    monkeypatch.setenv(NAME, " from-outside\n")
    assert (keys.find(NAME), keys.place_of(NAME)) == ("from-outside", "environment")
    monkeypatch.setenv(NAME, "  ")
    assert (keys.find(NAME), keys.place_of(NAME)) == ("kept", "keyring")


def test_an_empty_key_removes_the_kept_one_and_may_be_given_twice(kept: dict[tuple[str, str], str]) -> None:
    keys.keep(NAME, "k-1")
    keys.keep(NAME, "")
    keys.keep(NAME, "")
    assert kept == {}


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "sch\u00f6n", "tab\there", "zero\x00"])
def test_a_key_that_no_header_can_carry_is_told_and_not_repeated(key: str) -> None:
    keys.keep(NAME, key)
    with pytest.raises(ProviderError, match=NAME) as caught:
        keys.find(NAME)
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert key not in str(caught.value)


def test_without_a_keyring_the_environment_is_the_only_place(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(NO_KEYRING)
    assert (keys.find(NAME), keys.place_of(NAME)) == ("", None)
    monkeypatch.setenv(NAME, "k-1")
    assert (keys.find(NAME), keys.place_of(NAME)) == ("k-1", "environment")


@pytest.mark.parametrize("backend", [NO_KEYRING, InMemory({}, locked=True)], ids=["none", "locked"])
def test_a_key_that_cannot_be_kept_is_told_and_not_repeated(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)
    with pytest.raises(StudioError, match=NAME) as caught:
        keys.keep(NAME, "k-secret")
    assert "k-secret" not in str(caught.value)
