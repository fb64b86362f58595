"""What every hosted provider must keep, against its vendor's stand-in: real sockets, real protocols, real failures."""

import asyncio
import logging
import random
import time
from typing import Any

import numpy as np
import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.ports import StreamingVoice
from studio.providers.catalog import build, provider
from tests.fakes.script import CHARACTER_MS
from tests.fakes.server import OnTheWire, Refuse
from tests.providers import contract
from tests.providers.hosted import (
    ASKED,
    KEY,
    ROLES,
    SHORT,
    TEXT,
    Caller,
    Service,
    Written,
    ask,
    capabilities,
    env_key,
    hosted,
    say,
    service,
)

EACH = [pytest.param(role, use, id=f"{role}-{use}") for role in ROLES for use in hosted(role)]
each = pytest.mark.parametrize(("role", "use"), EACH)
each_stt = pytest.mark.parametrize("use", hosted(Role.STT))
each_llm = pytest.mark.parametrize("use", hosted(Role.LLM))
each_tts = pytest.mark.parametrize("use", hosted(Role.TTS))
each_text_stream = pytest.mark.parametrize(
    "use", [use for use in hosted(Role.TTS) if isinstance(build(Role.TTS, Part(use=use)), StreamingVoice)]
)
BROKEN = {ErrorCategory.CONNECTION, ErrorCategory.BROKEN_ANSWER}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ROLES:
        for use in hosted(role):
            if (name := env_key(use)) is not None:
                monkeypatch.setenv(name, KEY)


async def failure(working: Service) -> ProviderError:
    """What using it ends in; its words are fit for a user."""
    with pytest.raises(ProviderError) as caught:
        await working.use()
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert KEY not in repr(caught.value) + sentence
    return caught.value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    if isinstance(one, list):
        return [each.text for each in one if each.kind is TranscriptKind.END] == [
            each.text for each in other if each.kind is TranscriptKind.END
        ]
    return bool(one == other)


# --- what it does --------------------------------------------------------------------------------


@each_stt
async def test_every_pause_is_answered_by_one_end_with_the_words_so_far(use: str) -> None:
    async with service(Role.STT, use) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        for utterance in working.fake.script.utterances[:2]:
            await caller.utter()
            *before, end = await caller.end()
            assert (end.text, end.trigger) == (utterance, None)
            assert all(said.trigger is None for said in before)
            caller.stream.turn_committed()
        assert caller.stream.billed_ms > 0
        await caller.close()
        await working.engine.close()


@each_stt
async def test_it_can_do_what_the_catalog_says(use: str) -> None:
    able = capabilities(Role.STT, use)
    async with service(Role.STT, use) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter(2000)
        *before, end = await caller.end()
        await caller.close()
        await working.engine.close()
    interims = [said.text for said in before if said.kind is TranscriptKind.INTERIM and said.text]
    assert bool(interims) is ("interim" in able)
    assert bool(end.words) is ("words" in able)
    times = [moment for word in end.words for moment in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert not times or (times[0] >= 0 and times[-1] <= 3200)


@each_stt
async def test_speech_that_goes_on_before_the_answer_leaves_one_end(use: str) -> None:
    async with service(Role.STT, use) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.utter()
        await caller.go_on()
        *_, end = await caller.end()
        assert end.text == working.fake.script.utterances[0]
        caller.stream.turn_committed()
        await caller.utter()
        *before, end = await caller.end()
        ends = [said for said in (*before, end) if said.kind is TranscriptKind.END and said.trigger is None]
        assert [said.text for said in ends] == [working.fake.script.utterances[1]]
        await caller.close()
        await working.engine.close()


@pytest.mark.parametrize("use", [use for use in hosted(Role.STT) if "turn_end" in capabilities(Role.STT, use)])
async def test_a_vendor_that_judges_turns_ends_them_by_itself(use: str) -> None:
    async with service(Role.STT, use) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.push(700, loud=False)
        caller.stream.speech_started()
        await caller.push(1200, loud=True)
        await caller.push(4000, loud=False)
        said = await caller.end()
        assert said[-1].trigger is Trigger.VENDOR
        assert said[-1].text == working.fake.script.utterances[0]
        if "eager_end" in capabilities(Role.STT, use):
            assert TranscriptKind.EAGER_END in {each.kind for each in said}
        await caller.close()
        await working.engine.close()


@each_llm
async def test_a_reply_comes_in_pieces_and_then_its_tokens(use: str) -> None:
    async with service(Role.LLM, use) as working:
        await working.engine.open()
        await working.engine.warm(ASKED[:1])
        pieces = [piece async for piece in working.engine.reply(ASKED)]
        assert "".join(piece.text for piece in pieces).strip() == working.fake.script.reply_to(0)
        assert len([piece for piece in pieces if piece.text]) > 2
        [counted] = [piece.tokens for piece in pieces if piece.tokens is not None]
        assert counted.prompt > 0
        assert counted.written > 0
        await working.engine.close()


@each_tts
async def test_a_clause_is_spoken_whole_and_words_have_their_times(use: str) -> None:
    async with service(Role.TTS, use) as working:
        await working.engine.open()
        sounds = [sound async for sound in working.engine.speak(TEXT)]
        voice = np.concatenate([sound.samples for sound in sounds])
        length_ms = voice.size * 1000 / working.engine.rate_hz
        assert 1500 < length_ms < 2200
        assert 0.1 < np.abs(voice).max() <= 1
        words = [word for sound in sounds for word in sound.words]
        assert bool(words) is ("words" in capabilities(Role.TTS, use))
        if words:
            assert " ".join(word.text for word in words) == TEXT
            assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)
            assert words[-1].end_ms <= length_ms + 100
        await working.engine.close()


@each_tts
def test_who_takes_text_as_it_comes_says_so_and_times_words(use: str) -> None:
    able = capabilities(Role.TTS, use)
    assert isinstance(build(Role.TTS, Part(use=use)), StreamingVoice) is ("streams_text" in able)
    assert "words" in able or "streams_text" not in able


@each_text_stream
async def test_a_reply_is_spoken_as_its_text_comes_and_words_have_their_times(use: str) -> None:
    async with service(Role.TTS, use) as working:
        await working.engine.open()
        whole = await say(working.engine)
        texts, sounds, when = Written((0, "The capital "), (0.4, "of Italy "), (0, "is Rome. ")), [], []
        began = time.perf_counter()
        async for sound in working.engine.speak_stream(texts):
            sounds.append(sound)
            when.append(time.perf_counter() - began)
        assert when[0] < 0.35, "the first words are heard before the next are there"
        assert np.array_equal(np.concatenate([sound.samples for sound in sounds]), whole)
        words = [word for sound in sounds for word in sound.words]
        assert " ".join(word.text for word in words) == TEXT
        starts = [word.start_ms for word in words]
        assert starts == sorted(starts)
        assert words[2].start_ms == pytest.approx(12 * CHARACTER_MS, abs=1)
        assert words[-1].end_ms <= whole.size * 1000 / working.engine.rate_hz + 100
        await working.engine.close()


@each_text_stream
async def test_a_reply_that_is_cut_off_while_it_is_written_leaves_nothing_in_the_next_one(use: str) -> None:
    async with service(Role.TTS, use) as working:
        await working.engine.open()
        whole = await say(working.engine)
        for _ in range(6):  # more than one connection has contexts
            cut = working.engine.speak_stream(Written((0, "Something quite "), (5, "different.")))
            await anext(cut)
            await cut.aclose()
        sounds = [sound.samples async for sound in working.engine.speak_stream(Written((0, TEXT)))]
        assert np.array_equal(np.concatenate(sounds), whole)
        assert working.server.connections == 1
        await working.engine.close()


@each_llm
async def test_a_reply_that_is_dropped_leaves_nothing_in_the_next_one(use: str) -> None:
    async with service(Role.LLM, use) as working:
        await working.engine.open()
        whole = await ask(working.engine)
        reply = working.engine.reply(ASKED)
        await anext(reply)
        await reply.aclose()
        assert await ask(working.engine) == whole
        await working.engine.close()


@each_tts
async def test_a_clause_that_is_cut_off_leaves_nothing_in_the_next_one(use: str) -> None:
    async with service(Role.TTS, use) as working:
        await working.engine.open()
        whole = await say(working.engine, "Good morning.")
        cut = working.engine.speak(TEXT * 5)
        await anext(cut)
        began = time.perf_counter()
        await cut.aclose()
        assert np.array_equal(await say(working.engine, "Good morning."), whole)
        assert time.perf_counter() - began < 10
        await working.engine.close()


# --- what goes wrong -----------------------------------------------------------------------------


@each
async def test_a_refused_key_is_told_once(role: Role, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = env_key(use)
    assert name is not None
    monkeypatch.setenv(name, f"{KEY}-but-another-one")
    async with service(role, use) as working:
        error = await failure(working)
        assert error.category is ErrorCategory.AUTHENTICATION
        assert name in str(error)
        assert len(working.server.requests) == 1


@each
@pytest.mark.parametrize(
    ("status", "headers", "category", "retry_after_s"),
    [
        (429, {"Retry-After": "7"}, ErrorCategory.RATE_LIMIT, 7.0),
        (402, {}, ErrorCategory.QUOTA, None),
        (500, {}, ErrorCategory.SERVER, None),
        (503, {}, ErrorCategory.SERVER, None),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(
    role: Role, use: str, status: int, headers: dict[str, str], category: ErrorCategory, retry_after_s: float | None
) -> None:
    async with service(role, use) as working:
        working.server.misbehave(*[Refuse(status, headers=headers)] * 2)
        error = await failure(working)
        assert (error.category, error.retry_after_s) == (category, retry_after_s)


@each
async def test_a_half_open_connection_is_left(role: Role, use: str) -> None:
    async with service(role, use, **SHORT) as working:
        working.server.misbehave(*[OnTheWire(stall_after=0)] * 2)
        began = time.perf_counter()
        error = await failure(working)
        assert error.category is ErrorCategory.TIMEOUT
        assert time.perf_counter() - began < 10


async def answer_bytes(role: Role, use: str) -> int:
    """How many bytes its stand-in sends in one use, on its longest connection."""
    async with service(role, use) as working:
        await working.use()
    return answer_size(working)


@each
async def test_an_answer_that_stalls_is_left(role: Role, use: str) -> None:
    total = await answer_bytes(role, use)
    async with service(role, use, **SHORT) as working:
        working.server.misbehave(OnTheWire(stall_after=total * 2 // 3), on=is_the_answer(role))
        began = time.perf_counter()
        error = await failure(working)
        assert error.category is ErrorCategory.TIMEOUT
        assert time.perf_counter() - began < 20


@each
@pytest.mark.parametrize("share", [0.05, 0.5, 0.8])
async def test_an_answer_that_is_cut_is_told(role: Role, use: str, share: float) -> None:
    total = await answer_bytes(role, use)
    async with service(role, use) as working:
        working.server.misbehave(*[OnTheWire(cut_after=int(total * share))] * 3, on=is_the_answer(role))
        assert (await failure(working)).category in BROKEN


def answer_size(working: Service) -> int:
    is_it = is_the_answer(working.role)
    return max(count for request, count in working.server.sent if is_it(request))


def is_the_answer(role: Role) -> Any:
    """Not the look at the models that an HTTP provider opens with."""
    return lambda request: request.method == "POST" or "upgrade" in request.headers


@each
async def test_however_an_answer_is_split_it_is_the_same(role: Role, use: str) -> None:
    async with service(role, use) as working:
        whole = await working.use()
    total = answer_size(working)
    places = random.Random(use).sample(range(1, total), 12)
    for fault in (*(OnTheWire(split_at=place) for place in places), OnTheWire(byte_by_byte=total < 30_000)):
        async with service(role, use) as working:
            working.server.misbehave(fault, on=is_the_answer(role))
            assert same(await working.use(), whole), fault


@each
async def test_the_key_is_in_no_log_and_no_picture_of_it(
    role: Role, use: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with service(role, use) as working:
            await working.use()
            shown = repr(working.engine) + repr(vars(working.engine))
        async with service(role, use) as working:
            working.server.misbehave(*[Refuse(500)] * 2)
            await failure(working)
    assert KEY not in caplog.text + shown
    assert all(KEY not in repr(vars(record)) for record in caplog.records)


@each
def test_opens_and_closes_twice(role: Role, use: str) -> None:
    async def life() -> None:
        async with service(role, use) as working:
            await working.engine.open()
            await working.engine.close()
            await working.engine.close()

    contract.leaves_no_threads(life)


@each
def test_can_be_abandoned_while_opening(role: Role, use: str) -> None:
    async def life() -> None:
        async with service(role, use) as working:
            working.server.misbehave(OnTheWire(stall_after=0))
            opening = asyncio.get_running_loop().create_task(working.engine.open())
            await asyncio.sleep(0.05)
            opening.cancel()
            await asyncio.wait([opening])
            await working.engine.close()

    contract.leaves_no_threads(life)


@each
async def test_without_a_key_the_vendor_itself_is_not_asked(role: Role, use: str, monkeypatch: Any) -> None:
    about = provider(use.partition("/")[0])
    if not about.key_required:
        pytest.skip("it may do without a key")
    assert about.env_key is not None
    monkeypatch.delenv(about.env_key)
    engine = build(role, Part(use=use))
    with pytest.raises(ProviderError, match=about.env_key) as caught:
        await engine.open()
    await engine.close()
    assert caught.value.category is ErrorCategory.AUTHENTICATION
    assert about.sign_up in str(caught.value)
