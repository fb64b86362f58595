from datetime import date, timedelta
from pathlib import Path

import pytest

from studio.app.bench.contest import Entrant, Progress, Wishes, _usable, entrants, hold, percentiles_ms, remember
from studio.app.measured import medians
from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part, Role
from studio.model.price import Price
from studio.providers import catalog

QUIET: Progress = str

ME = Wishes(("scripted",))


def names(role: Role, wishes: Wishes) -> list[str]:
    return [entrant.use for entrant in entrants(role, wishes)]


def test_a_provider_takes_part_with_its_default_model_and_once() -> None:
    assert names(Role.STT, Wishes(("scripted", "deepgram", "scripted"))) == ["scripted/script", "deepgram/nova-3"]


def test_all_reach_their_servers_where_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = Wishes(("deepgram", "scripted", "cartesia"), (("cartesia", "http://c"), ("*", "http://x/{provider}")))
    urls = [entrant.part.settings.get("base_url") for entrant in entrants(Role.STT, wishes)]
    assert urls == ["http://x/deepgram", None, "http://c"]


def test_a_language_is_told_to_those_that_take_one() -> None:
    languages = [
        each.part.settings.get("language") for each in entrants(Role.STT, Wishes(("deepgram", "scripted"), (), "ko"))
    ]
    assert languages == ["ko", None]


def test_without_a_wish_whoever_has_a_key_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "k")
    usual = names(Role.STT, Wishes())
    assert "deepgram/nova-3" in usual
    assert not any(use.startswith(("scripted", "elevenlabs", "ollama")) for use in usual)


def test_without_a_wish_all_vendors_that_stand_elsewhere_take_part() -> None:
    usual = names(Role.TTS, Wishes((), (("*", "http://127.0.0.1:8750/{provider}"),)))
    assert {"deepgram", "cartesia", "elevenlabs"} <= {use.partition("/")[0] for use in usual}


def test_without_a_wish_the_model_that_stays_takes_part_and_else_one_that_retires_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = catalog.provider("cartesia")
    stays = table.of_role(Role.STT)[0].model_copy(update={"name": "stays"})
    goes = stays.model_copy(update={"name": "goes", "retires_on": date.today() + timedelta(days=90)})
    gone = stays.model_copy(update={"name": "gone", "retires_on": date.today()})
    for models, expected in (((gone, goes, stays), "stays"), ((gone, goes), "goes"), ((gone,), None)):
        known = {"cartesia": table.model_copy(update={"models": models})}
        monkeypatch.setattr("studio.providers.catalog.providers", known.copy)
        names = list(_usable(Role.STT, {"*": "http://h"}))
        assert names == ([f"cartesia/{expected}"] if expected else [])


def test_nobody_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.app.bench.contest._usable", lambda *_: [])
    with pytest.raises(PresetError, match="No stt is ready"):
        entrants(Role.STT, Wishes())


@pytest.mark.parametrize("use", ["nobody/model", "PlayHT", "playht/x", "deepgram /x"])
def test_who_is_not_there_is_told_before_anything_begins(use: str) -> None:
    with pytest.raises(PresetError):
        entrants(Role.TTS, Wishes((use,)))


def test_what_runs_on_this_machine_is_free_and_what_has_no_price_is_not() -> None:
    here, there = entrants(Role.STT, Wishes(("scripted", "deepgram/new")))
    assert here.usd([here.units(audio_ms=60_000)]) == 0
    assert there.usd([there.units(audio_ms=60_000)]) is None
    priced = Entrant(Role.STT, Part(use="a/b"), Price(as_of=date(2026, 1, 1), audio_minute=0.5))
    assert priced.usd([priced.units(audio_ms=60_000)] * 2) == 1


async def test_one_who_fails_does_not_keep_the_others_from_it() -> None:
    lines: list[str] = []

    async def do(engine: object, task: int) -> int:
        if task == 2:
            raise ProviderError("Away.", ErrorCategory.CONNECTION)
        return task

    (runs,) = await hold(entrants(Role.LLM, ME), [("one", 1), ("two", 2), ("three", 3)], do, lines.append)
    assert (runs.done, runs.troubles, runs.trouble) == ((1, 3), ("Away.",), "Away.")
    assert lines == [
        "scripted/script: opening",
        *(f"scripted/script: {n} of 3, {name}" for n, name in enumerate(("one", "two", "three"), start=1)),
    ]


async def test_what_the_next_task_would_meet_too_ends_the_tasks() -> None:
    async def do(engine: object, task: int) -> int:
        raise ProviderError("No credit.", ErrorCategory.QUOTA)

    (runs,) = await hold(entrants(Role.LLM, ME), [("one", 1), ("two", 2)], do, QUIET)
    assert runs.troubles == ("No credit.",)


async def test_who_cannot_be_opened_has_done_nothing() -> None:
    async def do(engine: object, task: int) -> int:
        return task

    those = entrants(Role.LLM, Wishes(("openai", "scripted")))
    no_key, fine = await hold(those, [("one", 1)], do, QUIET)
    assert no_key.done == ()
    assert "OPENAI_API_KEY" in no_key.trouble
    assert fine.done == (1,)


def test_what_was_measured_is_kept_for_plans(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")
    (entrant,) = entrants(Role.STT, Wishes(("deepgram",)))
    remember([("stt", entrant, [100.0, 120.0, 140.0])])
    assert medians() == {"stt deepgram/nova-3": 120.0}


def test_percentiles_are_of_milliseconds() -> None:
    assert percentiles_ms([100.0, 200.0]).p50 == 150
    assert percentiles_ms([]).p50 is None
