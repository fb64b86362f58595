from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from studio.app import design_facts
from studio.app.design_facts import Facts
from studio.app.setting_fields import Kind, SettingField
from studio.model.errors import StudioError
from studio.model.preset import Part, Role
from studio.providers.voices import Listing, Voice
from studio.ui.design.fields import FormKeys
from studio.ui.design.provider_box import ProviderBox
from studio.ui.design.voices import Voices
from studio.ui.theme import Theme
from tests.ui.at_once import at_once

PART = Part(use="cartesia/sonic-3.5")
FIELD = SettingField("voice", Kind.TEXT, "", False, "")


def known(key: str | None = "keyring") -> Facts:
    return Facts(fields={Role.TTS: (FIELD,)}, keys={"CARTESIA_API_KEY": key})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether fresh voices were asked for, each time."""
    times: list[bool] = []

    def ask(_part: Part, fresh: bool) -> Listing:
        times.append(fresh)
        return Listing((Voice("id-1", "Katie"), Voice("id-2", "")), datetime(2026, 11, 24, 12, tzinfo=UTC), live=True)

    monkeypatch.setattr(design_facts, "voices", ask)
    return times


@pytest.fixture
def box(theme: Theme, qtbot: QtBot) -> ProviderBox:
    keys = FormKeys()
    shown = ProviderBox(keys, theme)
    keys.setParent(shown)
    qtbot.addWidget(shown)
    return shown


def test_voices_are_asked_for_once_and_fresh_on_demand(box: ProviderBox, asked: list[bool]) -> None:
    voices = Voices(box, at_once)
    for _ in range(3):
        voices.show(PART, known())
    assert asked == [False]
    assert [box.voice.itemText(row) for row in range(box.voice.count())] == ["Katie", "id-2"]
    assert box.voice.itemData(0) == "id-1"
    assert box.voices_told.text() == "2 voices, as listed on 2026-11-24"
    box.refresh.click()
    assert asked == [False, True]


def test_nobody_is_asked_without_a_key_or_without_voices(box: ProviderBox, asked: list[bool]) -> None:
    voices = Voices(box, at_once)
    voices.show(PART, known(key=None))
    voices.show(PART, None)
    voices.show(None, known())
    voices.show(PART, Facts(keys={"CARTESIA_API_KEY": "keyring"}))
    assert asked == []


def test_a_vendor_that_is_away_is_told_and_not_asked_again_by_itself(
    box: ProviderBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[bool] = []

    def fail(_part: Part, fresh: bool) -> Listing:
        times.append(fresh)
        raise StudioError("api.cartesia.ai did not answer in time; try again.")

    monkeypatch.setattr(design_facts, "voices", fail)
    voices = Voices(box, at_once)
    voices.show(PART, known())
    voices.show(PART, known())
    assert box.voices_told.text() == "api.cartesia.ai did not answer in time; try again."
    box.refresh.click()
    assert times == [False, True]


def test_while_they_are_on_their_way_it_says_so(box: ProviderBox, asked: list[bool]) -> None:
    waiting: list[Callable[[], object]] = []
    voices = Voices(box, lambda _name, work, _done, _failed: waiting.append(work))
    voices.show(PART, known())
    voices.show(PART, known())
    assert len(waiting) == 1
    assert box.voices_told.text() == "asking for the voices…"
