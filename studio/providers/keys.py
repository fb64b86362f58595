"""Where API keys come from: the environment first, then the operating system's keyring. They go nowhere else.

A key is known by the name of its environment variable; under that name it is in the keyring, too.
Must not know which vendor wants it.
"""

import os

from studio.model.errors import ErrorCategory, ProviderError, StudioError

SERVICE = "voice-agent-studio"
"""Under which the keyring keeps our keys."""


def find(name: str) -> str:
    """The key of that name; empty where there is none. May ask the keyring, which blocks: call it in a thread.

    Raises:
        ProviderError: the key has characters that no header can carry; does not repeat it.
    """
    key = os.environ.get(name, "").strip() or _from_keyring(name)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ProviderError(f"The key in {name} has characters no key has; set it again.", ErrorCategory.AUTHENTICATION)
    return key


def place_of(name: str) -> str | None:
    """`environment` or `keyring`; None where there is no such key."""
    if os.environ.get(name, "").strip():
        return "environment"
    return "keyring" if _from_keyring(name) else None


def keep(name: str, key: str) -> None:
    """Put a key into the keyring; an empty one removes it. Blocks.

    Raises:
        StudioError: this machine has no keyring, or it refuses.
    """
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        if key:
            keyring.set_password(SERVICE, name, key)
        else:
            keyring.delete_password(SERVICE, name)
    except PasswordDeleteError:
        return  # it was not there
    except KeyringError as error:
        raise StudioError(
            f"This machine has no keyring that keeps {name}; set it as an environment variable instead."
        ) from error


def _from_keyring(name: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return (keyring.get_password(SERVICE, name) or "").strip()
    except KeyringError:  # none on this machine: the environment is the only place
        return ""
