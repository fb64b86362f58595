from pytestqt.qtbot import QtBot

from studio.app.call_state import CallState
from studio.app.voice_link import Progress
from studio.model.events import StageReady
from studio.model.terms import Stage
from studio.model.time import Instant
from studio.ui.panels.loading import StagePanel
from studio.ui.theme import Theme


def test_from_nothing_to_ready(theme: Theme, qtbot: QtBot) -> None:
    panel = StagePanel(theme)
    qtbot.addWidget(panel)
    panel.restyle(theme)
    panel.show()
    row, state = panel.rows[Stage.LLM], CallState()
    assert row._detail.text() == "not loaded"
    state.on_message(Progress("weights.gguf", Stage.LLM, 0.25))
    panel.show_state(state)
    assert (row._detail.text(), row._time.text(), row.bar.value(), row.bar.isVisible()) == (
        "weights.gguf",
        "25%",
        25,
        True,
    )
    state.on_message(StageReady(Instant(0), Stage.LLM, "embedded/small", 1840.4))
    panel.show_state(state)
    assert (row._detail.text(), row._time.text(), row.bar.isVisible()) == ("embedded/small", "1840 ms", False)


def test_what_is_done_for_all_has_a_row_while_it_lasts(theme: Theme, qtbot: QtBot) -> None:
    panel, state = StagePanel(theme), CallState()
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.rows[None].isVisible()
    state.on_message(Progress("unpacking", None, None))
    state.on_message(Progress("voice", Stage.TTS, 0.5))
    panel.show_state(state)
    assert panel.rows[None].isVisible()
    assert panel.rows[None]._detail.text() == "unpacking"
    assert panel.rows[Stage.TTS]._detail.text() == "voice"
    state.on_message(StageReady(Instant(0), Stage.TTS, "hibari/heart", 5.0))
    panel.show_state(state)
    assert not panel.rows[None].isVisible()


def test_long_names_are_cut_in_the_middle_and_told_in_full(theme: Theme, qtbot: QtBot) -> None:
    panel, state = StagePanel(theme), CallState()
    qtbot.addWidget(panel)
    state.on_message(StageReady(Instant(0), Stage.LLM, "embedded/" + "very-long-" * 8, 1.0))
    panel.show_state(state)
    detail = panel.rows[Stage.LLM]._detail
    assert "…" in detail.text()
    assert detail.toolTip().endswith("very-long-")
