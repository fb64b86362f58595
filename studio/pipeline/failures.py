"""What is told of a task that failed: which stage, why, and of what kind. Must not know what follows from it."""

from studio.model.errors import ErrorCategory, ProviderError, StudioError
from studio.model.events import Trouble
from studio.model.terms import Stage
from studio.model.time import Instant

_STAGE_OF_TASK = {
    "play": Stage.AUDIO,
    "transcribe": Stage.STT,
    "judge turn": Stage.TURN,
    "read ahead": Stage.LLM,
    "think": Stage.LLM,
    "reply": Stage.TTS,
    "draft": Stage.TTS,
}


def trouble(task: str, error: Exception, at: Instant) -> Trouble:
    """What the user is told of a task of this name that failed."""
    category = "environment" if isinstance(error, StudioError) else "bug"
    category = error.category.value if isinstance(error, ProviderError) else category
    return Trouble(at, _STAGE_OF_TASK.get(task, Stage.AUDIO), _sentence(error), category)


def as_known(error: Exception) -> StudioError:
    """The error as one that the call can end with."""
    return error if isinstance(error, StudioError) else ProviderError(_sentence(error), ErrorCategory.SERVER)


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
