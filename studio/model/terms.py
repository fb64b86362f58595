"""The closed lists of words that events use, from the tracks of a session to the reasons why a reply is dropped."""

from enum import StrEnum


class Track(StrEnum):
    """The audio tracks of a session."""

    USER = "user"
    """The user as captured."""
    USER_CLEAN = "user_clean"
    """The user after echo cancellation: what the stages hear."""
    AGENT = "agent"
    """The agent as synthesised, every sample, heard or not."""
    PLAYED = "played"
    """What went to the speaker, silence included, on the session's clock."""


class Stage(StrEnum):
    """The parts of a pipeline that load, fail and take time."""

    AUDIO = "audio"
    VAD = "vad"
    TURN = "turn"
    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    TOOLS = "tools"
    RECORDER = "recorder"


class TranscriptKind(StrEnum):
    """What an STT engine says; the words of the port common to all vendors."""

    SPEECH_START = "speech_start"
    INTERIM = "interim"
    EAGER_END = "eager_end"
    RESUME = "resume"
    END = "end"


class Trigger(StrEnum):
    """Who decided that the user's turn was over."""

    SILENCE = "silence"
    """The longest allowed pause ran out."""
    TURN_DETECTOR = "turn_detector"
    """The turn model called the turn complete."""
    VENDOR = "vendor"
    """The STT vendor's own end of turn."""


class CancelReason(StrEnum):
    """Why a reply was dropped before anything of it was heard."""

    USER_RESUMED = "user_resumed"
    STOPPED = "stopped"
    """Told to be silent, from the window."""
    FAILED = "failed"


class FalseInterruption(StrEnum):
    """Why the user's sound did not stop the agent."""

    BACKCHANNEL = "backchannel"
    """`mm-hm`, `yeah`, `네`: listening, not speaking."""
    NO_WORDS = "no_words"
    """A cough, a door, a laugh."""
    TOO_FEW_WORDS = "too_few_words"
    """Fewer than the preset asks for."""


class Level(StrEnum):
    """How hard a question is to answer."""

    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"


class Intent(StrEnum):
    """What a user wants with what they say; a preset may add its own."""

    GREETING = "greeting"
    FAREWELL = "farewell"
    QUESTION = "question"
    """To know something."""
    REQUEST = "request"
    """To have something done or fetched."""
    BOOKING = "booking"
    """A new appointment, table or room."""
    CHANGE = "change"
    """To cancel, move or alter what there is."""
    CONFIRM = "confirm"
    DENY = "deny"
    COMPLAINT = "complaint"
    SMALLTALK = "smalltalk"
    REPEAT = "repeat"
    """To hear it again, or differently."""
