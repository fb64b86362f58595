import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.ports import Transcript
from studio.providers import catalog
from studio.providers.endpoint import Endpoint
from studio.providers.stt.cartesia import InkSettings, ManualDialect, TurnsDialect
from studio.providers.stt.socket import GoesOn, Heard, MaybeOver, Partial, Segment, SpeechHeard
from tests.providers.hosted import KEY, Caller, service

USE = "cartesia/ink-2"
TURNS = TurnsDialect(InkSettings(turns=True))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTESIA_API_KEY", KEY)


def read(dialect: ManualDialect | TurnsDialect, *messages: dict[str, Any]) -> list[Heard]:
    return [heard for message in messages for heard in dialect.read(json.dumps({"request_id": "r", **message}))]


def part(text: str, final: bool = True, **more: Any) -> dict[str, Any]:
    return {"type": "transcript", "text": text, "is_final": final, **more}


def turn(kind: str, text: str | None = None) -> dict[str, Any]:
    return {"type": f"turn.{kind}"} if text is None else {"type": f"turn.{kind}", "transcript": text}


# --- what is asked -------------------------------------------------------------------------------


def test_unless_set_everything_is_left_to_the_vendor() -> None:
    asked = {"model": "ink-2", "encoding": "pcm_s16le", "sample_rate": 16_000}
    assert TURNS.query() == asked
    assert ManualDialect(InkSettings()).query() == {**asked, "language": "en"}


@pytest.mark.parametrize("turns", [False, True])
async def test_what_is_set_reaches_the_vendor(turns: bool) -> None:
    thresholds = {"turn_start_threshold": 0.7, "turn_eager_end_threshold": 0.5, "turn_end_threshold": 0.3}
    chosen: dict[str, Any] = {"turns": turns, "keyterms": ["Rome", "New York"], **thresholds}
    async with service(Role.STT, USE, **chosen) as working:
        await working.engine.open()
        await working.engine.close()
        [asked] = working.server.requests
    assert asked.path == ("/stt/turns/websocket" if turns else "/stt/websocket")
    assert asked.headers["cartesia-version"] == "2026-08-14"
    assert asked.query["keyterm"] == "New York"
    assert asked.query.get("turn_end_threshold") == ("0.3" if turns else None)
    assert asked.query.get("language") == (None if turns else "en")


def test_each_keyterm_is_a_value_of_its_own() -> None:
    query = ManualDialect(InkSettings(keyterms=("Rome", "New York"))).query()
    assert Endpoint("http://h", "").socket_url("/p", query).endswith("keyterm=Rome&keyterm=New+York&language=en")


@pytest.mark.parametrize(
    "wrong", [{"turn_end_threshold": 0.6}, {"turn_start_threshold": 0.4}, {"turn_end_timeout_ms": 100}, {"settle_s": 0}]
)
def test_what_the_vendor_would_refuse_is_told_with_the_preset(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with pytest.raises(PresetError, match=name):
        catalog.settings(Role.STT, Part.model_validate({"use": USE, **wrong}))


# --- told of pauses ------------------------------------------------------------------------------


def test_parts_that_are_cut_anywhere_are_joined_as_they_are() -> None:
    heard = read(
        ManualDialect(InkSettings()),
        part("Ins", final=False),
        part("Insert"),
        part("ing spa", final=False),
        part("ing spaces"),
        part(" is not safe."),
        {"type": "flush_done"},
        part(" Next.", final=True),
        {"type": "flush_done"},
        {"type": "flush_done"},
    )
    assert [each.text for each in heard if isinstance(each, Partial)] == [
        "Ins", "Insert", "Inserting spa", "Inserting spaces", "Inserting spaces is not safe.", "Next.",
    ]  # fmt: skip
    assert [each for each in heard if isinstance(each, Segment)] == [
        Segment("Inserting spaces is not safe.", answers=True),
        Segment("Next.", answers=True),
        Segment("", answers=True),
    ]


@given(st.text(alphabet="ab .", min_size=1, max_size=30), st.data())
def test_however_a_text_is_cut_it_is_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))) | {0, len(text)})
    parts = [part(text[start:end]) for start, end in itertools.pairwise(cuts)]
    assert read(ManualDialect(InkSettings()), *parts, {"type": "flush_done"})[-1] == Segment(text.strip(), answers=True)


@pytest.mark.parametrize(
    "words",
    [
        [{"word": "Good", "start": 0.5, "end": 0.7}, {"word": " day", "start": 0.8, "end": 1.0}],
        [{"words": ["Good", " day"], "start": [0.5, 0.8], "end": [0.7, 1.0]}],
    ],
)
def test_words_have_their_times_as_the_documentation_and_as_the_sdk_give_them(words: list[dict[str, Any]]) -> None:
    *_, answer = read(ManualDialect(InkSettings()), part("Good day", words=words), {"type": "flush_done"})
    assert answer == Segment("Good day", (TimedWord("Good", 500, 700), TimedWord("day", 800, 1000)), answers=True)


def test_words_that_nobody_waited_for_are_no_part_of_the_next_turn() -> None:
    dialect = ManualDialect(InkSettings())
    read(dialect, part("Too late"))
    dialect.turn_committed()
    assert read(dialect, part("In time"), {"type": "flush_done"})[-1] == Segment("In time", answers=True)


async def test_whisper_tells_when_words_are_said() -> None:
    async with service(Role.STT, "cartesia/ink-whisper", language="de") as working:
        *_, end = await working.use()
    assert [word.text for word in end.words] == working.fake.script.utterances[0].split()


# --- judging turns -------------------------------------------------------------------------------


def test_a_turn_seems_over_goes_on_and_ends() -> None:
    heard = read(
        TurnsDialect(InkSettings(turns=True)),
        {"type": "connected"},
        turn("start"),
        turn("update", ""),
        turn("update", "I want"),
        turn("eager_end", "I want"),
        turn("resume"),
        turn("update", "I want this."),
        turn("end", "I want this."),
    )
    assert heard == [
        SpeechHeard(),
        Partial("I want"),
        MaybeOver("I want"),
        GoesOn(),
        Partial("I want this."),
        Segment("I want this.", ends_turn=True),
    ]


def test_words_of_a_turn_that_is_over_are_not_said_again() -> None:
    dialect = TurnsDialect(InkSettings(turns=True))
    read(dialect, turn("start"), turn("update", "Yes."))
    dialect.turn_committed()
    assert read(dialect, turn("eager_end", "Yes."), turn("end", "Yes.")) == []
    assert read(dialect, turn("start"), turn("update", "No.")) == [SpeechHeard(), Partial("No.")]
    dialect.turn_committed()
    assert read(dialect, turn("end", "No. Or perhaps.")) == [Segment("Or perhaps.", ends_turn=True)]


def course(said: list[Transcript]) -> list[tuple[TranscriptKind, str]]:
    return [(each.kind, each.text) for each in said if each.kind is not TranscriptKind.INTERIM]


async def test_the_vendor_ends_turns_and_says_before_that_they_may_be_over() -> None:
    async with service(Role.STT, USE, turns=True) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        await caller.push(700, loud=False)
        for utterance in working.fake.script.utterances[:2]:
            caller.stream.speech_started()
            await caller.push(1200, loud=True)
            await caller.push(1500, loud=False)
            said = await caller.end()
            assert course(said) == [
                (TranscriptKind.SPEECH_START, ""),
                (TranscriptKind.EAGER_END, utterance),
                (TranscriptKind.END, utterance),
            ]
            assert said[-1].trigger is Trigger.VENDOR
            caller.stream.turn_committed()
        await caller.close()
        await working.engine.close()


async def test_a_pause_that_the_vendor_knows_nothing_of_is_answered_with_the_words_so_far() -> None:
    async with service(Role.STT, USE, turns=True, settle_s=0.1) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        for utterance in working.fake.script.utterances[:2]:
            await caller.utter()
            *_, end = await caller.end()
            assert (end.text, end.trigger) == (utterance, None)
            caller.stream.turn_committed()
        await caller.close()
        await working.engine.close()


async def test_a_pause_without_words_is_answered_too() -> None:
    async with service(Role.STT, USE, turns=True, settle_s=0.05) as working:
        await working.engine.open()
        caller = Caller(await working.engine.stream())
        caller.stream.speech_started()
        await caller.push(200, loud=False)
        caller.stream.speech_paused()
        [end] = await caller.end()
        assert (end.text, end.trigger) == ("", None)
        await caller.close()
        await working.engine.close()


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("turns", [False, True])
async def test_an_error_of_the_vendor_ends_the_stream(turns: bool) -> None:
    async with service(Role.STT, USE, turns=turns) as working:
        working.fake.fails = {"status_code": 429, "title": "Concurrency limit", "message": "Too many streams."}
        with pytest.raises(ProviderError, match="Too many streams") as caught:
            await working.use()
        assert caught.value.category is ErrorCategory.RATE_LIMIT


@pytest.mark.parametrize("garbage", ["{", "{}", "[]", "7", '{"type": "transcript"}'])
def test_what_is_no_message_is_an_error(garbage: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        list(ManualDialect(InkSettings()).read(garbage))


@pytest.mark.parametrize("garbage", ["{", "{}", "[]", "7", '{"type": "turn.update", "transcript": 1}'])
def test_what_is_no_message_about_a_turn_is_an_error(garbage: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        list(TurnsDialect(InkSettings(turns=True)).read(garbage))
