"""What a session says about itself: when, with which preset, on which machine. Frozen and pure; knows no file."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from studio.model.price import Price

SESSION_FORMAT = 3
"""The number of the format described in studio/recording/FORMAT.md."""


class Machine(BaseModel):
    """Where a session was recorded, as far as it explains its latencies. Names neither machine nor user."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    """Operating system and its version."""
    processor: str
    """Architecture, for example x86_64."""
    cores: int = Field(ge=0)
    """Cores this program may use; 0: unknown."""
    python: str


class Header(BaseModel):
    """Everything about a session that is known when it begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = SESSION_FORMAT
    studio: str
    """The version that recorded it."""
    started: AwareDatetime
    """Wall time of instant 0, with its offset: the only wall time in a session."""
    preset_name: str = ""
    """Its file's name without the ending."""
    preset: dict[str, JsonValue]
    """The preset as it was used, command-line changes included; holds no secret, as no preset does."""
    machine: Machine
    prices: dict[str, Price] = Field(default_factory=dict)
    """List prices by PROVIDER/MODEL, as they were known; what has none here was unpriced."""
    audio: bool = True
    """Whether what is said was recorded from the start; where not, `RecordingSwitched` tells when it was."""

    @classmethod
    def unknown(cls, started: datetime) -> "Header":
        """Stands in for a header that is damaged beyond reading."""
        return cls(
            studio="unknown",
            started=started,
            preset={},
            machine=Machine(system="unknown", processor="unknown", cores=0, python="unknown"),
        )
