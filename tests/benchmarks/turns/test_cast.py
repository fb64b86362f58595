from benchmarks.turns.cast import SPEAKERS, parts, spoken
from benchmarks.turns.compose import timed
from benchmarks.turns.truth import NO_TURN, Kind, Span


def test_the_calls_are_the_same_each_time() -> None:
    assert list(parts()) == list(parts())


def test_there_are_enough_turns_and_pauses_in_both_languages() -> None:
    said = [(speaker.voice.language, part) for speaker, told in parts() for part in told]
    turns = [(language, part) for language, part in said if part.kind not in NO_TURN]
    assert len(turns) >= 150
    assert sum(language == "ko" for language, _ in turns) >= 50
    assert sum(part.line.count("|") for _, part in turns) >= 100
    assert {part.kind for _, part in said} == set(Kind)


def test_each_language_has_slow_and_held_out_callers() -> None:
    for language in ("en", "ko"):
        some = [speaker for speaker in SPEAKERS if speaker.voice.language == language]
        assert {speaker.held_out for speaker in some} == {speaker.slow for speaker in some} == {True, False}


def test_every_pause_is_after_a_mark_that_keeps_the_voice_up() -> None:
    for _, told in parts():
        for part in told:
            for before in part.line.split("|")[:-1]:
                assert before.rstrip()[-1] in ",—…", part.line


def test_a_voice_is_not_given_the_marks_for_pauses() -> None:
    assert spoken("So, um, | the thing is… | I lost it.") == "So, um, the thing is… I lost it."


def test_words_share_the_time_by_letters_and_the_last_ends_with_the_sound() -> None:
    told = timed("I, lost it.", Span(start=1000, end=1700))
    assert [(word.text, word.end) for word in told] == [("i", 1100), ("lost", 1500), ("it", 1700)]
