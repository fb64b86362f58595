"""What the settings of every provider have in common. Secrets are never settings: keys come from the environment."""

from pydantic import BaseModel, ConfigDict


class ProviderSettings(BaseModel):
    """Frozen; an unknown key or a wrong type is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str
    """The provider's own name for the model; subclasses give the default."""
