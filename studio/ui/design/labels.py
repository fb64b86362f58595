"""What the boxes, their states and their settings are called in the form. Must not know widgets."""

from studio.app.design_facts import Health
from studio.app.plan import Source
from studio.model.terms import Level
from studio.ui.insight import level_name
from studio.ui.words import translate


def box(name: str) -> str:
    """A box of the pipeline; short, it stands in a narrow place."""
    return {
        "microphone": translate("Box", "Mic"),
        "vad": translate("Box", "Voice activity"),
        "stt": translate("Box", "Transcription"),
        "turn": translate("Box", "Turn detection"),
        "llm": translate("Box", "Language model"),
        "tts": translate("Box", "Voice"),
        "speaker": translate("Box", "Speaker"),
    }[name]


def health(state: Health) -> str:
    """How a provider is."""
    return {
        Health.READY: translate("Health", "ready"),
        Health.KEY_MISSING: translate("Health", "key missing"),
        Health.RETIRING: translate("Health", "model retires soon"),
        Health.RETIRED: translate("Health", "model retired"),
        Health.CLOSED: translate("Health", "closed for good"),
        Health.WRONG: translate("Health", "a setting is wrong"),
        Health.UNKNOWN: translate("Health", "looking"),
    }[state]


def source(where: Source) -> str:
    """Where a planned figure comes from, in a word or two."""
    return {
        Source.SET: translate("Source", "set"),
        Source.MEASURED: translate("Source", "measured"),
        Source.PUBLISHED: translate("Source", "published"),
        Source.ASSUMED: translate("Source", "assumed"),
        Source.UNKNOWN: translate("Source", "time not known"),
    }[where]


def setting(key: str) -> str:
    """A setting of a provider or of the preset; one that is not listed is called as its author called it."""
    words = key.removesuffix("_ms").removesuffix("_s").replace("_", " ")
    listed = _of_the_preset().get(key) or _of_providers().get(key) or _of_routing().get(key)
    return listed or words[:1].upper() + words[1:]


def _of_the_preset() -> dict[str, str]:
    return {
        "eagerness": translate("Setting", "Eagerness"),
        "learn_pace": translate("Setting", "Patience with slow speakers"),
        "interruption_ms": translate("Setting", "Sure interruption"),
        "barge_in_words": translate("Setting", "Words that interrupt"),
        "resume_ms": translate("Setting", "Going on"),
        "protect_greeting": translate("Setting", "The greeting is said to its end"),
        "reply": translate("Setting", "Begin the reply"),
        "partial_words": translate("Setting", "On words that may change"),
        "voice_ahead": translate("Setting", "The voice, too"),
        "tries": translate("Setting", "Tries a turn"),
        "silence_ms": translate("Setting", "Silence"),
        "eager_ms": translate("Setting", "Head start"),
        "patience_ms": translate("Setting", "Patience"),
        "turn_threshold": translate("Setting", "Turn threshold"),
        "vendor_end": translate("Setting", "The vendor may end the turn"),
        "speech_ms": translate("Setting", "Speech"),
        "barge_in_ms": translate("Setting", "Pausing"),
        "vad_threshold": translate("Setting", "Speech threshold"),
        "buffer_ms": translate("Setting", "Buffer"),
        "jitter_max_ms": translate("Setting", "Longest delay"),
        "voice_cache": translate("Setting", "Voice cache"),
        "echo_cancellation": translate("Setting", "Echo cancellation"),
    }


def _of_providers() -> dict[str, str]:
    return {
        "voice": translate("Setting", "Voice"),
        "speed": translate("Setting", "Speed"),
        "language": translate("Setting", "Language"),
        "temperature": translate("Setting", "Temperature"),
        "max_tokens": translate("Setting", "Longest reply"),
        "context_tokens": translate("Setting", "Longest conversation"),
        "base_url": translate("Setting", "Server address"),
        "key_env": translate("Setting", "Name of the key"),
        "connect_timeout_s": translate("Setting", "Longest wait for a connection"),
        "answer_timeout_s": translate("Setting", "Longest wait for an answer"),
        "first_token_timeout_s": translate("Setting", "Longest wait for an answer"),
        "stall_timeout_s": translate("Setting", "Longest wait within an answer"),
        "final_timeout_s": translate("Setting", "Longest wait for the final words"),
        "request": translate("Setting", "Further request fields"),
        "keyterms": translate("Setting", "Words to expect"),
        "smart_format": translate("Setting", "Numbers and dates as written"),
        "segment_s": translate("Setting", "Longest segment"),
        "interim_ms": translate("Setting", "Interim results every"),
        "threads": translate("Setting", "Threads"),
        "decode_threads": translate("Setting", "Threads"),
        "gpu_layers": translate("Setting", "Layers on the GPU"),
        "device": translate("Setting", "Device"),
        "compute_type": translate("Setting", "Precision"),
        "persona": translate("Setting", "Persona"),
        "greeting": translate("Setting", "Greeting"),
        "apology": translate("Setting", "Apology"),
    }


def _of_routing() -> dict[str, str]:
    return {
        "enabled": translate("Setting", "Guess what the user wants"),
        "own": translate("Setting", "Own intents"),
        "fillers": translate("Setting", "Fillers by intent"),
        "simple": translate("Setting", "Model for simple questions"),
        "moderate": translate("Setting", "Model for moderate questions"),
        "complex": translate("Setting", "Model for complex questions"),
        "always": translate("Setting", "Every question counts as"),
        "by_intent": translate("Setting", "Levels by intent"),
    }


def choice(value: object) -> str:
    """One of a setting's values; None: none of them."""
    if value is None:
        return "–"
    return level_name(Level(str(value))) if value in set(Level) else str(value)


def heading(key: str) -> str:
    """What stands above a setting of the preset with which a group of them begins; empty: none does."""
    return {
        "reply": translate("Heading", "Work ahead"),
        "barge_in_ms": translate("Heading", "Interruptions"),
        "simple": translate("Heading", "Models by difficulty"),
        "enabled": translate("Heading", "Intents"),
    }.get(key, "")


def explanation(key: str, told: str) -> str:
    """What a setting of the preset itself does, in the current language; for others what their author says."""
    return _of_the_turns_end().get(key) or _of_voices().get(key) or _of_levels_and_intents().get(key) or told


def _of_levels_and_intents() -> dict[str, str]:
    return {
        "enabled": translate("Explanation", "From the words so far, on this computer, in less than a millisecond."),
        "own": translate(
            "Explanation",
            'What only users of this agent want: [{"name": "points", "examples": ["how many points", "my points"]}]',
        ),
        "fillers": translate(
            "Explanation", 'Said while a tool takes long: {"booking": "Let me look."} For others it is the usual one.'
        ),
        "simple": translate("Explanation", "Empty: the model above. How hard it is, is told on this computer."),
        "moderate": translate("Explanation", "Empty: the model above."),
        "complex": translate("Explanation", "Empty: the model above. It may be slower and better."),
        "always": translate("Explanation", "Whatever is asked."),
        "by_intent": translate(
            "Explanation", 'Whatever the words are, once it is surely that: {"complaint": "complex"}'
        ),
    }


def _of_the_turns_end() -> dict[str, str]:
    return {
        "eagerness": translate(
            "Explanation",
            "Patient waits long and cuts nobody off, eager answers as soon as it can. It moves what is under Advanced.",
        ),
        "learn_pace": translate("Explanation", "Who pauses within turns is waited for longer, once it was heard."),
        "interruption_ms": translate(
            "Explanation", "This much speech over the agent ends its reply; of mere mm-hm, twice as much."
        ),
        "barge_in_words": translate(
            "Explanation", "0: the agent pauses at the voice. Else it stops only when so many words are known."
        ),
        "resume_ms": translate("Explanation", "After this silence without words a paused agent goes on."),
        "protect_greeting": translate("Explanation", "Nobody can interrupt the agent's first message."),
        "reply": translate(
            "Explanation",
            "The model begins before the turn is over. Thrown away when the user goes on: tokens are paid.",
        ),
        "partial_words": translate("Explanation", "Sooner, but more often thrown away: more tokens are paid."),
        "voice_ahead": translate(
            "Explanation", "The first clause is spoken ahead, unheard. Thrown away, its characters are paid."
        ),
        "tries": translate("Explanation", "Replies that may be begun for one turn."),
        "silence_ms": translate("Explanation", "The turn ends after this silence when that is sure."),
        "eager_ms": translate(
            "Explanation", "After this silence transcription and turn detection begin to work ahead."
        ),
        "patience_ms": translate("Explanation", "The turn ends after this silence whatever is known."),
        "turn_threshold": translate("Explanation", "From this probability on the turn counts as surely over."),
        "vendor_end": translate(
            "Explanation", "A pause that the vendor of the transcription takes for the end is one."
        ),
    }


def _of_voices() -> dict[str, str]:
    return {
        "speech_ms": translate("Explanation", "The user counts as speaking after this much speech."),
        "barge_in_ms": translate("Explanation", "The agent pauses after this much speech, and may go on."),
        "vad_threshold": translate("Explanation", "How sure the voice detector must be that it hears speech."),
        "buffer_ms": translate("Explanation", "80 ms survive a busy two-core machine, 40 ms do not."),
        "jitter_max_ms": translate("Explanation", "Unsteady speech is held back at most this long."),
        "voice_cache": translate("Explanation", "Phrases that come up again are kept as sound on this computer."),
        "echo_cancellation": translate("Explanation", "The agent does not hear itself through the microphone."),
    }


def unit(key: str) -> str:
    """The unit of a setting, with a space before it; empty where it has none."""
    if key.endswith("_ms"):
        return translate("Unit", " ms")
    return translate("Unit", " s") if key.endswith("_s") else ""
