import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline import words
from studio.pipeline.words import COMPLETE, HESITATING, NO_ENDING, UNFINISHED


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
        ("Sure, it is five five five", UNFINISHED),
        ("Sure, it is 5 5 5 2 1 3", UNFINISHED),
        ("You can call me on zero seven seven four one three", UNFINISHED),
        ("You can call me on zero seven seven four one three eight", 0),
        ("I was born in 1985", 0),
        ("At nine thirty, platform one two", 0),
        ("네 공 일 공", UNFINISHED),
        # Korean: endings that go on, particles, and ends.
        ("예약하고 싶은데", UNFINISHED),
        ("내일 저녁에", NO_ENDING),
        ("주소는 서울시 마포구", NO_ENDING),
        ("다리에서 왼쪽으로 돌면", UNFINISHED),
        ("수프를 주시고", UNFINISHED),
        ("예약을", UNFINISHED),
        ("비가 와서", NO_ENDING),
        ("예약을 하고 싶은데요", 0),  # a polite end, or the beginning of what it is about
        ("제가 좀 바빴거든요", 0),
        ("예약하고 싶어", 0),  # casual
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
        ("네네", True),
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
