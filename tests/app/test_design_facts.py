import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from studio.app import design, design_facts, presets
from studio.app.design import Content
from studio.app.design_facts import Facts, Health, facts, health, keep_key, key_need
from studio.model.errors import StudioError
from studio.model.preset import Part, Role
from studio.providers.voices import Listing

TODAY = date(2026, 11, 24)


@pytest.fixture
def content() -> Content:
    return presets.read_content(presets.path_of("embedded"))[1]


def test_facts_of_a_preset_are_its_fields_problems_and_keys(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "secret")
    content = design.choose_provider(content, Role.STT, "deepgram")
    content = design.add_fallback(content, Role.LLM, "openai/gpt-x")
    found = facts(content)
    assert found.content is content
    assert found.problems == {}
    assert found.keys == {"DEEPGRAM_API_KEY": "environment", "OPENAI_API_KEY": None}
    assert "language" in [field.key for field in found.fields[Role.STT]]
    assert "secret" not in repr(found)


def test_facts_of_a_broken_preset_say_what_is_wrong() -> None:
    found = facts({"stt": {"use": "nobody"}})
    assert "unknown provider 'nobody'" in found.problems["stt"]
    assert Role.STT not in found.fields


@pytest.mark.parametrize(
    ("use", "known", "expected"),
    [
        ("moonshine/tiny-en", Facts(), Health.READY),
        ("moonshine/tiny-en", None, Health.UNKNOWN),
        ("moonshine/tiny-en", Facts(problems={"stt": "no"}), Health.WRONG),
        ("deepgram/nova-3", Facts(keys={"DEEPGRAM_API_KEY": None}), Health.KEY_MISSING),
        ("deepgram/nova-3", Facts(keys={"DEEPGRAM_API_KEY": "keyring"}), Health.READY),
        ("nobody/x", Facts(), Health.WRONG),
        ("playht/x", Facts(), Health.CLOSED),
        ("NOT A USE", Facts(), Health.WRONG),
    ],
)
def test_health(use: str, known: Facts | None, expected: Health) -> None:
    assert health(Role.STT, {"stt": {"use": use}}, known, TODAY) is expected


def test_health_of_a_model_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"stt": {"use": "moonshine/tiny-en"}}
    for fate, expected in ((design.Fate.RETIRING, Health.RETIRING), (design.Fate.RETIRED, Health.RETIRED)):
        monkeypatch.setattr(design, "fate", lambda _model, _today, fate=fate: fate)
        assert health(Role.STT, content, Facts(), TODAY) is expected


def test_another_server_needs_no_key() -> None:
    content = {"stt": {"use": "deepgram/nova-3", "base_url": "http://127.0.0.1:9"}}
    assert health(Role.STT, content, Facts(keys={"DEEPGRAM_API_KEY": None}), TODAY) is Health.READY


def test_a_key_that_is_needed_is_told_with_where_to_get_one() -> None:
    need = key_need("deepgram", "DEEPGRAM_API_KEY", "keyring")
    assert (need.title, need.place) == ("Deepgram", "keyring")
    assert need.sign_up.startswith("https://")


def test_a_key_goes_where_keys_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, str]] = []
    monkeypatch.setattr("studio.providers.keys.keep", lambda name, key: kept.append((name, key)))
    keep_key("MINE", "secret")
    assert kept == [("MINE", "secret")]


def test_without_a_keyring_the_variable_is_named() -> None:
    with pytest.raises(StudioError, match="MINE"):
        keep_key("MINE", "secret")


def test_voices_are_asked_for_as_fresh_as_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    listing = Listing((), datetime(2026, 11, 24, tzinfo=UTC), live=True)

    async def list_voices(_provider: str, _part: Part, folder: Path, max_age: timedelta) -> Listing:
        await asyncio.sleep(0)
        assert folder.name == "voices"
        asked.append(max_age.total_seconds())
        return listing

    monkeypatch.setattr("studio.providers.voices.list_voices", list_voices)
    part = Part(use="kokoro/82m-int8")
    assert [design_facts.voices(part, fresh) for fresh in (False, True)] == [listing, listing]
    assert asked == [86_400, 0]


def test_a_key_is_checked_where_the_part_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str | None]] = []

    async def check(provider: str, base_url: str, key_env: str | None) -> float:
        await asyncio.sleep(0)
        asked.append((provider, base_url, key_env))
        return 12.5

    monkeypatch.setattr("studio.providers.check.check", check)
    plain = Part(use="deepgram/nova-3")
    moved = Part.model_validate({"use": "deepgram", "base_url": "http://127.0.0.1:9", "key_env": "MINE"})
    assert [design_facts.check(part) for part in (plain, moved)] == [12.5, 12.5]
    assert asked == [("deepgram", "", None), ("deepgram", "http://127.0.0.1:9", "MINE")]


def test_a_plan_goes_by_what_was_measured_and_by_the_users_prices(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(design_facts, "medians", lambda: {"stt moonshine/tiny-en": 999.0})
    found = facts(content).plan
    assert found is not None
    assert [span.whole_ms for span in found.spans if span.source == "measured"] == [999.0]
    assert facts({**content, "agent": {}}).plan is None
