import pytest

from tests.fakes.mind import think
from tests.fakes.script import Script

UTTERANCES = ("Could you tell me, how many days are in a week?", "And in a month?")
REPLIES = ("Seven.", "Thirty or so.")


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (["And in a month?"], "Thirty or so."),
        (["Could you tell me,", "how many days are in a week?"], "Seven."),
        (["Could you tell me, how many days are in a week? And in a month?"], "Thirty or so."),
        (["Could you tell me,"], "Pardon?"),
        (["And in a month?", "how many days are in a"], "Pardon?"),
        (["Something else."], "Pardon?"),
        ([], "Pardon?"),
    ],
)
def test_only_who_knows_the_end_of_an_utterance_is_told_its_reply(said: list[str], reply: str) -> None:
    assert think(Script(UTTERANCES, REPLIES, half_heard="Pardon?"), (), said, {}, None) == reply


@pytest.mark.parametrize(
    ("said", "reply"), [(["Something else."], "Seven."), (["Something else.", "And more."], "Thirty or so.")]
)
def test_other_words_are_answered_one_after_the_other_where_nothing_else_is_said_about_them(
    said: list[str], reply: str
) -> None:
    assert think(Script(UTTERANCES, REPLIES), (), said, {}, None) == reply
