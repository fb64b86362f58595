import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import AudioBlock, Samples, silence
from studio.model.conversation import TimedWord
from studio.model.time import Instant
from studio.pipeline.ports import PlayedBlock
from studio.pipeline.reply_voice import ReplyVoice, SpokenClause, heard_text

RATE_HZ = 10_000
"""10 samples a millisecond."""
FADE = 50


def loud(length_ms: int) -> Samples:
    return np.full(length_ms * 10, 0.5, dtype=np.float32)


def played(written_start: int, count: int, block: int = 100) -> PlayedBlock:
    return PlayedBlock(AudioBlock(silence(block), 0, Instant(0)), written_start, count, 0)


def cut_at(heard_ms: int, sound: Samples, words: tuple[TimedWord, ...] = ()) -> ReplyVoice:
    """All was sent, so much was heard, the rest is lost."""
    voice = ReplyVoice(RATE_HZ)
    voice.add("One two.", sound, last=True, words=words)
    voice.sent(7000)
    voice.take(played(7000, heard_ms * 10))
    voice.rewind()
    return voice


WORDS = (TimedWord("One", 100, 400), TimedWord("two.", 500, 900))


@pytest.mark.parametrize(
    ("heard_ms", "from_ms"),
    [
        (50, 40),  # before the first word
        (300, 100),
        (405, 100),  # its last 5 ms had faded
        (450, 440),  # between two words
        (700, 500),
        (1000, 700),  # after the last known word: the sound says where
    ],
)
def test_goes_on_at_the_beginning_of_the_word_that_was_cut_off(heard_ms: int, from_ms: int) -> None:
    sound = np.concatenate([loud(690), silence(100), loud(500)])
    voice = cut_at(heard_ms, sound, WORDS)
    rest = voice.unsent()
    assert np.array_equal(rest[FADE:], sound[from_ms * 10 :])
    assert np.allclose(rest[:FADE], sound[from_ms * 10 - FADE : from_ms * 10] * np.arange(FADE) / FADE)


@pytest.mark.parametrize(
    ("quiet_ms", "heard_ms", "from_ms"),
    [((200, 230), 400, 230), ((100, 120), 415, 115), ((20, 60), 700, 390), ((0, 0), 40, 0), ((30, 50), 50, 40)],
)
def test_without_words_it_goes_on_at_the_nearest_quiet_point(
    quiet_ms: tuple[int, int], heard_ms: int, from_ms: int
) -> None:
    sound = loud(1000)
    sound[quiet_ms[0] * 10 : quiet_ms[1] * 10] = 0.01
    rest = cut_at(heard_ms, sound).unsent()
    assert abs(len(sound) - (len(rest) - (FADE if from_ms else 0)) - from_ms * 10) <= 50


def test_what_was_never_heard_begins_at_its_beginning() -> None:
    assert np.array_equal(cut_at(0, loud(100)).unsent(), loud(100))
    assert np.array_equal(cut_at(8, loud(100)).unsent(), loud(100))


def test_what_is_repeated_is_not_heard_twice() -> None:
    voice = cut_at(700, loud(1000), WORDS)
    assert voice.heard == 7000
    voice.sent(20_000)
    assert voice.take(played(20_000, 100)) == (5000 - FADE, slice(0, 100))
    assert voice.heard == 7000


def test_another_sound_in_a_block_is_not_the_replys() -> None:
    voice = ReplyVoice(RATE_HZ)
    assert voice.take(played(0, 100)) == (0, slice(0, 0))
    voice.add("One.", loud(6), last=True, words=())
    voice.sent(130)
    assert voice.take(played(100, 100)) == (0, slice(30, 90))
    assert (voice.heard, voice.dry, voice.complete) == (60, True, True)


def test_a_gap_tears_a_clause_or_comes_between_two() -> None:
    voice = ReplyVoice(RATE_HZ)
    voice.add("One.", loud(10), last=False, words=())
    assert not voice.complete
    voice.add("One.", loud(10), last=True, words=())
    voice.add("", silence(100), last=True, words=())
    voice.add("Two.", loud(10), last=True, words=())
    assert [voice.inside_clause(at) for at in (0, 1, 199, 200, 250, 300, 301)] == [
        False, True, True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("played", "heard"),
    [
        (0, ""),
        (1, ""),
        (540, "One"),
        (999, "One"),
        (1000, "One two."),
        (1001, "One two."),
        (1500, "One two."),
        (1600, "One two. Three"),
        (2000, "One two. Three four."),
        (9999, "One two. Three four."),
    ],
)
def test_heard_words(played: int, heard: str) -> None:
    clauses = [SpokenClause("One two.", 0, 1000, True), SpokenClause("Three four.", 1000, 1000, True)]
    assert heard_text(clauses, played, 1000) == heard


def test_an_unfinished_clause_is_not_yet_heard_to_its_end() -> None:
    assert heard_text([SpokenClause("One two three.", 0, 1000, False)], 600, 1000) == "One two"


def test_a_script_without_spaces_is_cut_at_the_character() -> None:
    assert heard_text([SpokenClause("下雨的时候，", 0, 600, True)], 300, 1000) == "下雨的"
    assert heard_text([SpokenClause("감사합니다.", 0, 600, True)], 300, 1000) == ""


words = st.text(st.sampled_from("abcdefg"), min_size=1, max_size=8)
clauses_of_words = st.lists(
    st.tuples(st.lists(words, min_size=1, max_size=8).map(" ".join), st.integers(0, 5000)), max_size=6
)


@given(clauses_of_words, st.integers(0, 30_000), st.integers(0, 3000))
def test_what_was_heard_is_the_beginning_in_whole_words_and_never_shrinks(
    texts: list[tuple[str, int]], played: int, more: int
) -> None:
    clauses, start = [], 0
    for text, count in texts:
        clauses.append(SpokenClause(text, start, count, True))
        start += count
    said = " ".join(clause.text for clause in clauses if clause.count).split()
    earlier, later = heard_text(clauses, played, 1000).split(), heard_text(clauses, played + more, 1000).split()
    assert said[: len(earlier)] == earlier
    assert later[: len(earlier)] == earlier
    if played >= start:
        assert earlier == said
