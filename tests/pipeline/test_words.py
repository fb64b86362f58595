import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline import words
from studio.pipeline.words import COMPLETE, HESITATING, UNFINISHED


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("", 0),
        ("?!", 0),
        ("What is the capital of Italy?", COMPLETE),
        ("What is it for?", COMPLETE),
        ("I want to go home", 0),
        ("Yes.", COMPLETE),
        ("Thanks", COMPLETE),
        ("I would like to book a table for", UNFINISHED),
        ("I would like a table, and", UNFINISHED),
        ("On Friday,", UNFINISHED),
        ("Um", HESITATING),
        ("I think, uh...", HESITATING),
        ("Let me see...", HESITATING),
        # Numbers that are told digit by digit.
        ("My number is one zero", UNFINISHED),
        ("My number is 010", UNFINISHED),
        ("My number is 010 123 4567", 0),
        ("My number is zero one zero one two three four five six seven", 0),
        ("I am twenty one", 0),
        ("A table for two", 0),
        # Korean: endings that go on, particles, and ends.
        ("예약하고 싶은데", UNFINISHED),
        ("내일 저녁에", 0),
        ("예약을", UNFINISHED),
        ("비가 와서", 0),
        ("그래서", UNFINISHED),
        ("음", HESITATING),
        ("예약하고 싶어요", COMPLETE),
        ("예약하고 싶습니다.", COMPLETE),
        ("몇 시까지 하나요?", COMPLETE),
        ("네", COMPLETE),
        ("제 전화번호는 공 일 공", UNFINISHED),
    ],
)
def test_what_the_words_say_about_the_end(text: str, cue: float) -> None:
    assert words.cue(text) == cue


@pytest.mark.parametrize(
    ("text", "listening"),
    [
        ("Mm-hm.", True),
        ("Uh-huh", True),
        ("Yeah, okay.", True),
        ("Oh, I see.", True),
        ("네", True),
        ("네 네", True),
        ("응", True),
        ("아 그렇구나", True),
        ("", False),
        ("No", False),
        ("Stop", False),
        ("Wait", False),
        ("Yeah but", False),
        ("Okay so what about Friday", False),
        ("yes yes yes yes", False),  # that is no listening any more
        ("아니요", False),
        ("네 그런데요", False),
    ],
)
def test_who_only_listens_does_not_want_the_floor(text: str, listening: bool) -> None:
    assert words.is_backchannel(text) is listening


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("What is it?", "what is it", True),
        ("Okay, Friday.", "okay friday", True),
        ("네, 알겠어요.", "네 알겠어요", True),
        ("seven thirty", "7:30", False),
        ("It's fine", "It’s fine", False),
        ("two", "three", False),
    ],
)
def test_texts_that_sound_the_same_are_the_same(one: str, other: str, same: bool) -> None:
    assert (words.normalised(one) == words.normalised(other)) is same


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert HESITATING <= words.cue(text) <= COMPLETE
    assert words.normalised(words.normalised(text)) == words.normalised(text)
    assert words.count(text) == len(words.normalised(text).split())
    assert not (words.is_backchannel(text) and not words.count(text))
