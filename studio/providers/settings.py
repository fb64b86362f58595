"""What the settings of providers have in common. Secrets are never settings: a key is known by its name only."""

from pydantic import BaseModel, ConfigDict, Field


class ProviderSettings(BaseModel):
    """Frozen; an unknown key or a wrong type is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str
    """The provider's own name for the model; subclasses give the default."""


class HostedSettings(ProviderSettings):
    """Where a vendor's server is, whose key is shown to it, and how long it may take."""

    provider: str = ""
    """Its name in the catalog, which the catalog fills in: one client may serve several vendors."""
    base_url: str = Field(default="", pattern=r"^((https?|wss?)://[^/@\s?#]+(/[^\s?#]*)?)?$")
    """The address that the vendor's paths are appended to; empty: the vendor's own, from the catalog."""
    key_env: str | None = None
    """The name of the API key, in the environment or the keyring; None: the vendor's usual one; empty: send none."""
    connect_timeout_s: float = Field(default=5, gt=0)
    answer_timeout_s: float = Field(default=5, gt=0)
    """The longest wait for an answer to begin."""
    stall_timeout_s: float = Field(default=3, gt=0)
    """The longest wait between two pieces of an answer."""
