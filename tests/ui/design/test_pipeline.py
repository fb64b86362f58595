import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.app.design_facts import Health
from studio.ui.design.pipeline import BoxLook, BoxName, Pipeline
from studio.ui.theme import Theme


@pytest.fixture
def pipeline(theme: Theme, qtbot: QtBot) -> Pipeline:
    shown = Pipeline(theme)
    qtbot.addWidget(shown)
    shown.restyle(theme)
    shown.resize(640, 240)
    shown.show()
    return shown


@pytest.mark.parametrize(("width", "rows"), [(1100, 1), (640, 2), (380, 3)])
def test_boxes_stand_in_the_order_of_the_sound_with_room_for_their_titles(
    pipeline: Pipeline, width: int, rows: int
) -> None:
    pipeline.resize(width, 400)
    boxes = [pipeline.boxes[name] for name in BoxName]
    places = [(box.y(), box.x()) for box in boxes]
    assert places == sorted(places)
    assert len({y for y, _ in places}) == rows
    assert max(box.geometry().right() for box in boxes) <= width
    for box in boxes:
        title = box.fontMetrics().horizontalAdvance(box.accessibleName().partition(".")[0])
        assert box.width() >= title + 16
    assert pipeline.sizeHint().height() >= max(box.geometry().bottom() for box in boxes)


def test_a_click_and_keys_choose_a_box(pipeline: Pipeline) -> None:
    asked: list[str] = []
    pipeline.chosen.connect(asked.append)
    pipeline.choose(BoxName.STT)
    assert asked == []
    QTest.mouseClick(pipeline.boxes[BoxName.LLM], Qt.MouseButton.LeftButton)
    pipeline.boxes[BoxName.TTS].setFocus()
    QTest.keyClick(pipeline.boxes[BoxName.TTS], Qt.Key.Key_Space)
    assert asked == ["llm", "tts"]
    assert [name for name, box in pipeline.boxes.items() if box.isChecked()] == [BoxName.TTS]


@pytest.mark.parametrize("health", Health)
def test_a_box_says_everything_in_words_and_in_a_shape(pipeline: Pipeline, health: Health) -> None:
    box = pipeline.boxes[BoxName.STT]
    blank = box.grab().toImage()
    pipeline.show_looks({BoxName.STT: BoxLook("Deepgram", "nova-3", "150 ms", "published", health, "told")})
    assert box.accessibleName() == "Transcription. Deepgram nova-3. 150 ms published. told"
    assert "Deepgram nova-3" in box.toolTip()
    assert box.grab().toImage() != blank
