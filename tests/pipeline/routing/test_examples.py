import pytest

from studio.model.terms import Intent, Level
from studio.pipeline.routing.examples import Utterance, prefix, prefixes, utterances

HEAD = "intent\tlevel\ttext\n"


def test_a_row_is_an_utterance_with_its_labels() -> None:
    [row] = utterances(HEAD + "booking\tmoderate\t내일 두 명 예약해 주세요\n")
    assert (row.intent, row.level, row.korean) == (Intent.BOOKING, Level.MODERATE, True)


@pytest.mark.parametrize("line", ["booking\tsimple", "booking\tsimple\ta\tb", "holiday\tsimple\ta", "booking\teasy\ta"])
def test_a_wrong_row_is_told_by_its_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"^line 3: "):
        utterances(f"{HEAD}booking\tsimple\ta table\n{line}\n")


def test_the_same_words_are_on_the_same_side_however_they_are_written() -> None:
    def side(text: str) -> bool:
        return Utterance(text, Intent.QUESTION, Level.SIMPLE).held_out

    assert side("What time is it?") is side("what time is it")
    assert {side(f"word {number}") for number in range(50)} == {True, False}


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "one"), (0.25, "one"), (0.5, "one two"), (0.75, "one two three"), (1.0, "one two three four")],
)
def test_a_prefix_has_its_share_of_the_words(share: float, words: str) -> None:
    assert prefix("one two three four", share) == words


def test_beginnings_are_told_once_and_the_whole_last() -> None:
    assert list(prefixes("yes")) == ["yes"]
    assert list(prefixes("one two three four"))[-1] == "one two three four"
    assert len(list(prefixes("one two three four"))) == 4
