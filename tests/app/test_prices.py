from datetime import date
from pathlib import Path

import pytest

from studio.app.prices import merged, own_prices, prices, remove_price, set_price
from studio.model.errors import StudioError
from studio.model.preset import Part, Preset, Role
from studio.model.price import Price
from studio.providers import catalog
from tests.virtual_call import scripted

TODAY = date(2026, 11, 24)
NOVA = "deepgram/nova-3"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "prices.toml"


def damaged(file: Path, text: str) -> str:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    with pytest.raises(StudioError) as caught:
        own_prices(file)
    sentence = str(caught.value)
    assert sentence.startswith(str(file))
    assert sentence.endswith(".")
    return sentence.removeprefix(f"{file}")


def test_without_a_file_the_catalogs_prices_hold(file: Path) -> None:
    listed = catalog.known(Role.STT, Part(use=NOVA)).price
    assert prices([(Role.STT, Part(use="deepgram"))], file) == {NOVA: listed}


def test_what_has_no_price_is_left_out(file: Path) -> None:
    assert prices(scripted(), file) == {}


def test_a_presets_fallbacks_have_prices_too(file: Path) -> None:
    part = Part(use="scripted", fallback=(Part(use="deepgram"),))
    preset = scripted().model_copy(update={"stt": part})
    assert set(prices(preset, file)) == {NOVA}


def test_a_users_price_comes_before_the_catalogs_and_keeps_the_rest_of_it(file: Path) -> None:
    use = "anthropic/claude-haiku-4-5"
    set_price(use, {"written_1m": 1.5}, TODAY, file)
    listed = catalog.known(Role.LLM, Part(use=use)).price
    assert listed is not None
    price = prices([(Role.LLM, Part(use=use))], file)[use]
    assert price == listed.model_copy(update={"written_1m": 1.5, "as_of": TODAY})


def test_a_model_that_the_catalog_does_not_list_gets_a_price(file: Path) -> None:
    set_price("deepgram/nova-9", {"audio_minute": 0.002}, TODAY, file)
    assert prices([(Role.STT, Part(use="deepgram/nova-9"))], file)["deepgram/nova-9"].audio_minute == 0.002


def test_a_second_unit_joins_the_first_and_comments_stay(file: Path) -> None:
    set_price(NOVA, {"audio_minute": 0.002}, date(2026, 1, 1), file)
    file.write_text(f"# as negotiated\n{file.read_text()}")
    price = set_price(NOVA, {"characters_1k": 0.01}, TODAY, file)
    assert price == Price(as_of=TODAY, audio_minute=0.002, characters_1k=0.01)
    assert own_prices(file) == {NOVA: price}
    assert file.read_text().startswith("# as negotiated\n")


def test_a_price_that_is_taken_away_gives_way_to_the_catalogs(file: Path) -> None:
    set_price(NOVA, {"audio_minute": 0.002}, TODAY, file)
    remove_price(NOVA, file)
    remove_price(NOVA, file)
    assert own_prices(file) == {}


@pytest.mark.parametrize("use", ["deepgram", "deepgram/", "nobody/model", ""])
def test_a_price_is_for_a_provider_and_a_model(use: str, file: Path) -> None:
    with pytest.raises(StudioError, match="give PROVIDER/MODEL"):
        set_price(use, {"audio_minute": 1}, TODAY, file)
    assert not file.exists()


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({"audio_hour": 1.0}, "audio_hour"),
        ({"audio_minute": -1.0}, "0 or more"),
        ({"audio_minute": float("inf")}, "0 or more"),
    ],
)
def test_a_price_that_makes_no_sense_is_not_written(units: dict[str, float], said: str, file: Path) -> None:
    with pytest.raises(StudioError, match=said):
        set_price(NOVA, units, TODAY, file)
    assert not file.exists()


def test_a_damaged_file_is_told_with_its_key(file: Path) -> None:
    assert "not readable as TOML" in damaged(file, "[")
    assert damaged(file, '["deepgram/nova-3"]\naudio_minute = 1') == (
        ": deepgram/nova-3: as_of: missing; give the day the price was looked up."
    )
    assert "deepgram/nova-3: audio_minute: " in damaged(file, f'["{NOVA}"]\nas_of = 2026-11-24\naudio_minute = "x"')
    assert "hour: there is no such unit; there are: audio_minute," in damaged(
        file, f'["{NOVA}"]\nas_of = 2026-11-24\nhour = 1'
    )
    assert "give a table" in damaged(file, "[deepgram]\nas_of = 2026-11-24")
    assert "give a table" in damaged(file, '"deepgram/nova-3" = 1')


def test_a_damaged_file_is_not_written_over(file: Path) -> None:
    damaged(file, "[")
    with pytest.raises(StudioError, match="not readable"):
        set_price(NOVA, {"audio_minute": 1}, TODAY, file)
    assert file.read_text() == "["


def test_of_two_prices_the_users_is_the_later_word() -> None:
    listed, own = Price(as_of=date(2026, 1, 1), audio_minute=1), Price(as_of=TODAY, audio_minute=2)
    assert merged(listed, None) == listed
    assert merged(None, own) == own
    assert merged(listed, own) == own
    assert merged(None, None) is None


def test_what_the_router_may_ask_has_its_price() -> None:
    preset = Preset.model_validate(
        {**scripted().model_dump(mode="json"), "router": {"complex": {"use": "openai/gpt-5.4-mini"}}}
    )
    assert prices(preset)["openai/gpt-5.4-mini"].written_1m
