import pytest
from pydantic import BaseModel

from studio.app import design
from studio.app.design_facts import Health
from studio.app.plan import Source
from studio.app.setting_fields import SettingField
from studio.model.preset import Playout, Speculation, TurnTaking
from studio.ui.design import labels
from studio.ui.design.pipeline import BoxName
from studio.ui.language import Language, Translation


@pytest.mark.parametrize("language", Language)
def test_everything_has_a_name(language: Language, translation: Translation) -> None:
    translation.speak(language)
    assert all(labels.box(name) for name in BoxName)
    assert len({labels.health(state) for state in Health}) == len(Health)
    assert len({labels.source(source) for source in Source}) == len(Source)


@pytest.mark.parametrize("settings", [TurnTaking, Speculation, Playout])
def test_every_setting_of_the_preset_itself_is_named_and_explained(
    settings: type[BaseModel], translation: Translation
) -> None:
    translation.speak(Language.KOREAN)
    for key in settings.model_fields:
        assert any("가" <= letter <= "힣" for letter in labels.setting(key)), key
        assert any("가" <= letter <= "힣" for letter in labels.explanation(key, "")), key
    assert [labels.heading(key) for key in ("reply", "barge_in_ms", "tries")] == ["미리 작업하기", "끼어들기", ""]


def test_a_setting_that_is_not_listed_is_called_as_its_author_called_it() -> None:
    assert labels.setting("eager_eot_threshold") == "Eager eot threshold"
    assert labels.setting("silence_ms") == "Silence"
    assert labels.explanation("stability", "Low: livelier.") == "Low: livelier."


def test_values_are_named_where_they_have_a_name() -> None:
    assert [labels.choice(value) for value in (None, "complex", "large", 3)] == ["–", "complex", "large", "3"]


@pytest.mark.parametrize("fields", [design.ROUTING, design.GUESSING])
def test_levels_and_intents_are_explained_in_korean(fields: tuple[SettingField, ...], translation: Translation) -> None:
    for field in fields:
        english = labels.setting(field.key), labels.explanation(field.key, "")
        translation.speak(Language.KOREAN)
        korean = labels.setting(field.key), labels.explanation(field.key, "")
        translation.speak(Language.ENGLISH)
        assert all(there and there != here for here, there in zip(english, korean, strict=True)), field.key


def test_units_are_told_by_names() -> None:
    assert [labels.unit(key) for key in ("silence_ms", "segment_s", "speed", "words")] == [" ms", " s", "", ""]
