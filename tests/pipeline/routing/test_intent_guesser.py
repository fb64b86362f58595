import asyncio
from collections.abc import Callable

import pytest

from studio.model.intent_settings import IntentSettings
from studio.model.turn_events import IntentGuessed
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.routing.classifier import Classifiers
from studio.pipeline.routing.intent_guesser import IntentGuesser
from tests.pipeline.routing.trained import TRAINED
from tests.pipeline.stages.readers import Reader, virtually

FILLERS = {"change": "I will look up your booking.", "question": "Let me see."}
SETTINGS = IntentSettings(fillers=FILLERS)
Work = Callable[[IntentGuesser], None]


def told(work: Work, settings: IntentSettings = SETTINGS, trained: Classifiers | None = TRAINED) -> list[IntentGuessed]:
    async def run() -> list[IntentGuessed]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        work(IntentGuesser(trained, settings, Clock(asyncio.get_running_loop()), bus))
        return reader.of(IntentGuessed)

    return virtually(run())


def test_words_are_guessed_from_as_they_come_and_judged_at_the_end() -> None:
    def work(guesser: IntentGuesser) -> None:
        for text in ("please", "please cancel", "please cancel my appointment"):
            guesser.heard(2, text)
        guesser.committed(2, "Please cancel my appointment.")

    events = told(work)
    assert [event.final for event in events] == [False] * (len(events) - 1) + [True]
    assert (events[-1].turn, events[-1].intent, events[-1].text) == (2, "change", "Please cancel my appointment.")
    assert events[-2].intent == "change"
    assert events[-1].confidence > 0.5 > events[0].confidence
    assert all(0 < event.took_ms < 100 for event in events)


def test_what_has_not_changed_is_told_once() -> None:
    def work(guesser: IntentGuesser) -> None:
        for _ in range(3):
            guesser.heard(0, "please cancel my appointment")
        guesser.heard(0, "")
        guesser.heard(1, "please cancel my appointment")

    assert [event.turn for event in told(work)] == [0, 1]


def test_while_a_tool_works_the_filler_fits_what_is_wanted() -> None:
    def work(guesser: IntentGuesser) -> None:
        assert guesser.filler(0) == ""
        guesser.heard(0, "please cancel my appointment")
        assert guesser.filler(0) == "I will look up your booking."
        assert guesser.filler(1) == ""  # of another turn nothing is known
        guesser.committed(1, "yes please")
        assert guesser.filler(1) == ""  # the preset has nothing to say for it

    assert told(work)


def test_a_guess_that_is_not_sure_says_nothing() -> None:
    def work(guesser: IntentGuesser) -> None:
        guesser.heard(0, "so the")
        assert guesser.filler(0) == ""
        guesser.committed(0, "so the")
        assert guesser.filler(0) == "Hm."  # all that will ever be known

    every = IntentSettings(fillers=dict.fromkeys(TRAINED.intents.classes, "Hm."))
    assert [event.confidence < 0.5 for event in told(work, every)] == [True, True]


@pytest.mark.parametrize(("settings", "trained"), [(IntentSettings(enabled=False), TRAINED), (IntentSettings(), None)])
def test_where_none_is_wanted_none_is_guessed(settings: IntentSettings, trained: Classifiers | None) -> None:
    def work(guesser: IntentGuesser) -> None:
        guesser.heard(0, "hello")
        guesser.committed(0, "hello")
        assert guesser.last is None

    assert told(work, settings, trained) == []
