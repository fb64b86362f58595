from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app import presets
from studio.app.plan import Source, badge, first, plan, tier
from studio.model.measures import SpanName
from studio.model.preset import Agent, Part, Playout, Preset, Role, Speculation, TurnTaking

ORDER = [
    SpanName.ENDPOINTING_WAIT,
    SpanName.TURN_DETECTION,
    SpanName.TRANSCRIPTION,
    SpanName.LLM_FIRST_TOKEN,
    SpanName.SENTENCE_AGGREGATION,
    SpanName.SPEECH_SYNTHESIS,
    SpanName.PLAYOUT,
]


NOTHING_AHEAD = Speculation(reply=False)


def preset(timers: TurnTaking | None = None, ahead: Speculation = NOTHING_AHEAD, **parts: str) -> Preset:
    uses = {"stt": "deepgram/nova-3", "llm": "groq/llama-3.1-8b-instant", "tts": "cartesia/sonic-3.5"} | parts
    chosen: dict[str, Any] = {role: Part(use=use) for role, use in uses.items()}
    return Preset(
        format=1,
        title="Test",
        agent=Agent(persona="x"),
        turn_taking=timers or TurnTaking(),
        speculation=ahead,
        playout=Playout(),
        **chosen,
    )


def test_the_pieces_come_in_the_order_of_the_critical_path() -> None:
    assert [span.name for span in plan(preset()).spans] == ORDER


def test_what_is_asked_during_the_silence_costs_only_what_its_shadow_does_not_cover() -> None:
    planned = {span.name: span for span in plan(preset()).spans}
    assert planned[SpanName.ENDPOINTING_WAIT].ms == 160
    assert planned[SpanName.TURN_DETECTION].ms == 0  # 25 ms, asked 64 ms before the silence is over
    assert planned[SpanName.TRANSCRIPTION].ms == 150 - 64
    assert planned[SpanName.TRANSCRIPTION].whole_ms == 150


def test_a_slow_turn_detector_casts_a_shadow_of_its_own_on_transcription() -> None:
    planned = {span.name: span.ms for span in plan(preset(), {"turn smart-turn/v3.2": 200.0}).spans}
    assert planned[SpanName.TURN_DETECTION] == 136
    assert planned[SpanName.TRANSCRIPTION] == 0


@pytest.mark.parametrize(
    ("timers", "wait", "rest"),
    [
        (TurnTaking(eager_ms=400, silence_ms=400), 400, 150),
        (TurnTaking(eager_ms=400, silence_ms=200), 200, 150),
        (TurnTaking(eager_ms=96, silence_ms=500, patience_ms=300), 300, 0),
    ],
    ids=["nothing is eager", "eager is late", "patience is short"],
)
def test_the_shadow_follows_the_timers_as_turn_taking_obeys_them(timers: TurnTaking, wait: float, rest: float) -> None:
    planned = {span.name: span.ms for span in plan(preset(timers)).spans}
    assert planned[SpanName.ENDPOINTING_WAIT] == wait
    assert (planned[SpanName.TURN_DETECTION] or 0) + (planned[SpanName.TRANSCRIPTION] or 0) == rest


WITHOUT_VOICE = Speculation(voice_ahead=False)
FINAL_WORDS = Speculation(partial_words=False)


@pytest.mark.parametrize(
    ("ahead", "stt", "llm", "pieces"),
    [
        # Asked after 96 ms of silence; the turn is over when the words are there, 246 ms after the last sound.
        (NOTHING_AHEAD, 150, 200, (200, 40, 90)),
        (FINAL_WORDS, 150, 200, (200, 40, 90)),  # the words are what was waited for
        (Speculation(), 150, 200, (200 - 150, 40, 90)),
        (Speculation(), 150, 120, (0, 40 - 30, 90)),  # the model has begun to write, the clause is not complete
        (Speculation(), 150, 60, (0, 0, 90 - 50)),  # the voice is at work
        (Speculation(), 150, 10, (0, 0, 0)),  # it waits to be heard
        (WITHOUT_VOICE, 150, 60, (0, 0, 90)),
        (WITHOUT_VOICE, 150, 120, (0, 40 - 30, 90)),
        # The words are there 106 ms after the last sound, the turn is over after 160.
        (FINAL_WORDS, 10, 200, (200 - 54, 40, 90)),
        (FINAL_WORDS, 10, 20, (0, 20 + 40 - 54, 90)),
        (NOTHING_AHEAD, 10, 20, (20, 40, 90)),
    ],
)  # fmt: skip
def test_a_reply_that_is_begun_ahead_costs_what_the_wait_does_not_cover(
    ahead: Speculation, stt: float, llm: float, pieces: tuple[float, ...]
) -> None:
    measured = {"stt deepgram/nova-3": stt, "llm groq/llama-3.1-8b-instant": llm, "tts cartesia/sonic-3.5": 90.0}
    planned = plan(preset(ahead=ahead), measured)
    assert tuple(span.ms for span in planned.spans[3:6]) == pieces
    assert tuple(span.whole_ms for span in planned.spans[3:6]) == (llm, 40, 90)
    assert planned.total_ms == max(160, 96 + stt) + sum(pieces) + 80


def test_without_words_while_the_user_speaks_the_model_waits_for_the_final_ones() -> None:
    at_end = "groq/whisper-large-v3-turbo"
    assert plan(preset(ahead=Speculation(), stt=at_end)).spans == plan(preset(ahead=FINAL_WORDS, stt=at_end)).spans
    streaming = plan(preset(ahead=Speculation()))
    assert streaming.total_ms < plan(preset(ahead=FINAL_WORDS)).total_ms


def test_every_figure_says_where_it_comes_from() -> None:
    sources = {span.name: span.source for span in plan(preset(), {"tts cartesia/sonic-3.5": 120.0}).spans}
    assert sources == {
        SpanName.ENDPOINTING_WAIT: Source.SET,
        SpanName.TURN_DETECTION: Source.PUBLISHED,
        SpanName.TRANSCRIPTION: Source.PUBLISHED,
        SpanName.LLM_FIRST_TOKEN: Source.PUBLISHED,
        SpanName.SENTENCE_AGGREGATION: Source.ASSUMED,
        SpanName.SPEECH_SYNTHESIS: Source.MEASURED,
        SpanName.PLAYOUT: Source.SET,
    }


def test_a_measured_time_comes_before_a_published_one() -> None:
    measured = {"llm groq/llama-3.1-8b-instant": 180.0, "clause groq/llama-3.1-8b-instant": 12.0}
    planned = {span.name: (span.ms, span.source) for span in plan(preset(), measured).spans}
    assert planned[SpanName.LLM_FIRST_TOKEN] == (180.0, Source.MEASURED)
    assert planned[SpanName.SENTENCE_AGGREGATION] == (12.0, Source.MEASURED)


def test_an_unknown_piece_makes_the_total_a_lower_bound() -> None:
    assert not plan(preset()).lower_bound
    unknown = plan(preset(llm="openai/new"))
    assert unknown.lower_bound
    assert unknown.badge is None
    assert unknown.total_ms == plan(preset()).total_ms - 200
    assert not plan(preset(llm="openai/new"), {"llm openai/new": 300.0}).lower_bound


def test_the_default_model_of_a_provider_is_planned_by_its_own_name() -> None:
    assert first(Role.STT, Part(use="moonshine"), {"stt moonshine/tiny-en": 40.0}).ms == 40.0


def test_a_time_measured_at_another_server_is_not_the_vendors() -> None:
    elsewhere = Part.model_validate({"use": "deepgram/nova-3", "base_url": "http://127.0.0.1:8750/deepgram"})
    measured = {"stt deepgram/nova-3 at http://127.0.0.1:8750/deepgram": 20.0}
    assert first(Role.STT, elsewhere, measured).ms == 20.0
    assert first(Role.STT, Part(use="deepgram/nova-3"), measured).source is Source.PUBLISHED
    same = Part.model_validate({"use": "deepgram/nova-3", "base_url": "https://api.deepgram.com/"})
    assert first(Role.STT, same, {"stt deepgram/nova-3": 30.0}).ms == 30.0


@pytest.mark.parametrize(("ms", "name"), [(200, "ultra-fast"), (350, "fast"), (699, "fast"), (700, "standard")])
def test_language_models_come_in_three_tiers(ms: float, name: str) -> None:
    assert tier(ms) == name


def test_the_badge_of_a_model_is_what_was_measured_and_the_published_figure_only_a_prior() -> None:
    llama = Part(use="groq/llama-3.1-8b-instant")
    prior, own = badge(llama), badge(llama, {"llm groq/llama-3.1-8b-instant": 500.0})
    assert prior is not None
    assert (prior.tier, prior.source) == ("ultra-fast", Source.PUBLISHED)
    assert own is not None
    assert (own.tier, own.source) == ("fast", Source.MEASURED)


@pytest.mark.parametrize("name", presets.bundled_names())
def test_every_preset_that_comes_with_the_studio_has_a_plan(name: str) -> None:
    planned = plan(presets.load(name))
    assert planned.total_ms > 0


@given(
    timers=st.tuples(*[st.integers(32, 2000)] * 3),
    took=st.tuples(*[st.floats(0, 5000)] * 5),
    ahead=st.tuples(*[st.booleans()] * 3),
)
def test_the_wait_is_never_shorter_than_what_it_waits_for(
    timers: tuple[int, int, int], took: tuple[float, ...], ahead: tuple[bool, bool, bool]
) -> None:
    eager, silence, patience = timers
    turn, words, token, clause, voice = took
    names = ("turn smart-turn/v3.2", "stt deepgram/nova-3", "llm groq/llama-3.1-8b-instant")
    measured = dict(zip((*names, "clause groq/llama-3.1-8b-instant", "tts cartesia/sonic-3.5"), took, strict=True))
    set_to = TurnTaking(eager_ms=eager, silence_ms=silence, patience_ms=patience)
    reply, partial, spoken = ahead
    begins_early = Speculation(reply=reply, partial_words=partial, voice_ahead=spoken)
    planned = plan(preset(set_to, begins_early), measured)
    asked = min(eager, silence, patience)
    over = max(min(silence, patience), asked + turn, asked + words)
    assert sum(span.ms or 0 for span in planned.spans[:3]) == pytest.approx(over)
    assert planned.total_ms >= max(over, asked + token + clause + voice) + 80 - 1e-6
    assert planned.total_ms <= over + token + clause + voice + 80 + 1e-6
    assert planned.total_ms <= plan(preset(set_to), measured).total_ms + 1e-6
    pieces = planned.contiguous()
    assert all(one.start + one.length == two.start for one, two in pairwise(pieces))
    assert all(0 <= (span.ms or 0) <= (span.whole_ms or 0) + 1e-6 for span in planned.spans)
