from typing import Any

import pytest
from pydantic import ValidationError

from studio.model.intent_settings import IntentSettings

OWN = {"name": "loyalty", "examples": ["how many points do I have", "can I pay with points"]}


def test_guessing_is_on_and_knows_only_the_usual_intents() -> None:
    assert IntentSettings().enabled
    assert (IntentSettings().own, IntentSettings().fillers) == ((), {})


def test_a_filler_is_for_a_trained_intent_or_an_own_one() -> None:
    settings = IntentSettings.model_validate({"own": [OWN], "fillers": {"booking": "One moment.", "loyalty": "Hm."}})
    assert settings.own[0].examples == ("how many points do I have", "can I pay with points")
    assert settings.fillers["loyalty"] == "Hm."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"fillers": {"holiday": "Hm."}}, "there is no intent 'holiday'; there are: greeting"),
        ({"own": [OWN, OWN]}, "two intents called loyalty"),
        ({"own": [{**OWN, "name": "booking"}]}, "two intents called booking"),
        ({"own": [{**OWN, "name": "two words"}]}, "should match pattern"),
        ({"own": [{**OWN, "examples": ["only one"]}]}, "at least 2"),
        ({"own": [{**OWN, "examples": ["points", "?!"]}]}, "an example has no words"),
        ({"mood": "good"}, "Extra inputs"),
    ],
)
def test_what_it_cannot_be(content: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        IntentSettings.model_validate(content)
