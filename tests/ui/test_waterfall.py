import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.model.measures import Turn, turns
from studio.model.time import to_ms
from studio.ui.language import Language, Translation
from studio.ui.theme import Theme
from studio.ui.waterfall import Waterfall
from tests.ui.scripted_call import call


@pytest.fixture
def waterfall(theme: Theme, qtbot: QtBot) -> Waterfall:
    shown = Waterfall(theme)
    qtbot.addWidget(shown)
    shown.resize(1000, 180)
    shown.restyle(theme)
    shown.show()
    return shown


ANSWERED = [turn for turn in turns(call()) if turn.v2v is not None]


@pytest.mark.parametrize("turn", ANSWERED, ids=lambda turn: f"turn {turn.index}")
def test_bar_sums_to_v2v_and_says_why(waterfall: Waterfall, turn: Turn) -> None:
    waterfall.show_turn(turn)
    assert turn.v2v is not None
    assert sum(span.length for span in waterfall.bar._spans) == turn.v2v
    assert f"{to_ms(turn.v2v):.0f} ms:" in waterfall._cause.text()
    assert "unattributed" in waterfall.bar.accessibleDescription()
    for span in turn.cause():
        assert f"{to_ms(span.length):.0f} ms" in waterfall.bar.accessibleDescription()


def test_the_bar_is_as_long_as_the_wait(waterfall: Waterfall, theme: Theme) -> None:
    """Measured on the picture: the last coloured pixel of the bar stands at V2V on the scale of 1500 ms."""
    turn = ANSWERED[0]
    waterfall.show_turn(turn)
    bar = waterfall.bar
    image = bar.grab().toImage()
    ratio = image.devicePixelRatio()
    row = round((24 + 28) * ratio)
    raised = theme["raised"].rgb()
    coloured = [x for x in range(image.width()) if image.pixelColor(x, row).rgb() != raised]
    bands = {round(edge / 1500 * bar.width()) for edge in (500, 1200)}
    last = max(x for x in coloured if all(abs(x / ratio - edge) > 3 for edge in bands)) / ratio
    assert turn.v2v is not None
    assert last == pytest.approx(to_ms(turn.v2v) * (bar.width() - 2) / 1500, abs=2)


def test_saved_time_and_band_are_told(waterfall: Waterfall) -> None:
    waterfall.show_turn(ANSWERED[1])
    assert "people hang up" in waterfall._title.text()
    assert "work ahead saved" in waterfall._details.text()


def test_why_the_turn_ended_stands_beside_and_goes_with_the_turn(waterfall: Waterfall) -> None:
    waterfall.show_turn(ANSWERED[1])
    assert waterfall._details.text().startswith("Ended after 700 ms of silence")
    assert "23 tokens" in waterfall._details.toolTip()
    waterfall.show_turn(None)
    assert (waterfall._details.text(), waterfall._details.toolTip()) == ("", "")


def test_without_a_turn_it_invites(waterfall: Waterfall) -> None:
    waterfall.show_turn(ANSWERED[0])
    waterfall.show_turn(None)
    assert waterfall.bar._spans == ()
    assert "first answer" in waterfall._cause.text()


@pytest.mark.parametrize("language", Language)
def test_the_smallest_window_has_room_for_all_about_a_usual_turn(
    waterfall: Waterfall, translation: Translation, language: Language
) -> None:
    translation.speak(language)
    waterfall.resize(736, 180)
    waterfall.show_turn(ANSWERED[0])
    told = waterfall._details.text()
    assert told == waterfall._details.toolTip()
    assert waterfall._details.fontMetrics().horizontalAdvance(told) <= waterfall._details.width()


def test_an_endless_wait_still_fits(waterfall: Waterfall) -> None:
    slow = max(ANSWERED, key=lambda turn: turn.v2v or 0)
    waterfall.resize(300, 180)
    waterfall.show_turn(slow)
    assert not waterfall.grab().isNull()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [704, 884])
def test_every_figure_has_room_in_the_legend(
    waterfall: Waterfall, translation: Translation, qapp: QApplication, width: int, language: Language
) -> None:
    translation.speak(language)
    waterfall.setFixedWidth(width + 32)
    for turn in ANSWERED:
        waterfall.show_turn(turn)
        qapp.processEvents()
        waterfall.resize(waterfall.sizeHint())
        assert waterfall.bar.width() == width
        places = [box for _, box in waterfall.bar.legend()]
        assert len(places) >= 7
        assert max(box.bottom() for box in places) <= waterfall.bar.height()
