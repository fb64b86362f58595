"""A call as its user meets it: keys and clicks in, requests and words on the screen out."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.app.devices import Devices
from studio.app.voice_link import UNALLOWED, CallFailed, CallOver, CallRequest, Priced
from studio.model.events import AgentSilent, DeviceChanged, Trouble
from studio.model.measures import turns
from studio.model.price import Price
from studio.model.provider_events import FellBack, Retried, UnitsUsed
from studio.model.terms import Stage, Track
from studio.ui.notices import Remedy
from studio.ui.panels.loading import SHOWN
from studio.ui.panels.transcript import TurnCard
from studio.ui.window import StudioWindow
from tests.ui.acting import plain, play, texts
from tests.ui.scripted_call import BASE_URLS, ScriptedLink, call, loading, ms


def card(window: StudioWindow, turn: int) -> TurnCard:
    return window.talk.transcript.cards[turn]


def test_space_talks_and_stops(window: StudioWindow, link: ScriptedLink) -> None:
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert link.started is not None
    assert link.started == CallRequest("embedded", base_urls=BASE_URLS, record_to=link.started.record_to)
    assert link.started.record_to is not None
    assert window.status.talk_button.text() == "Stop"
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert link.asked == ["start", "hang_up"]
    window.talk.draw_frame()
    assert not window.talk.in_call
    assert window.status.talk_button.text() == "Talk"


def test_demo_caller_talks_with_the_chosen_preset(window: StudioWindow, link: ScriptedLink, tmp_path: Path) -> None:
    window.talk.agent.choose("other")
    window.talk.transcript.invitation.button.click()
    assert link.started is not None
    assert (link.started.preset, link.started.recording) == ("other", tmp_path / "demo.wav")
    assert not window.status.demo_button.isEnabled()
    assert not window.talk.agent.isEnabled()


def test_words_come_in_grey_become_final_and_are_struck_when_cut_off(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 14_500)
    assert plain(card(window, 2).said).startswith("Around seven.")
    assert plain(card(window, 2).said).endswith("…")
    assert window._theme["muted"].name() in card(window, 2).said.text()
    play(window, link, 20_000)
    assert plain(card(window, 2).said) == "Around seven. Do you have something by the window?"
    assert "<s" not in card(window, 2).answered.text()
    play(window, link, 22_000)
    answered = card(window, 2).answered
    assert (
        plain(answered)
        .replace("▍", "|")
        .startswith("We have one table by the window at half past seven. At seven there is |a quiet table in the back")
    )
    assert answered.text().index("▍") < answered.text().index("<s ", answered.text().index("</span>"))
    assert "interrupted, silent after 190 ms" in plain(card(window, 2).figure)


def test_card_shows_v2v_in_its_band_with_its_name(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 24_500)
    assert [plain(card(window, n).figure).replace("\xa0", "").strip() for n in (0, 1)] == ["", "▲ 760 ms unnatural"]
    assert "■ 1445 ms people hang up" in plain(card(window, 2).figure)
    assert plain(card(window, 3).figure) == "● 461 ms natural"


def test_figures_are_those_of_the_measures(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 24_500)
    last = [turn for turn in turns(call(24_500)) if turn.v2v is not None][-1]
    assert last.v2v is not None
    shown = [plain(label) for label in window.status._figures]
    assert shown == ["● 461 ms", "▲ 760 ms", "■ 1376 ms"]
    assert window.status._count.text() == "n = 3"


def test_clicking_a_card_shows_its_waterfall_until_it_is_clicked_again(
    window: StudioWindow, link: ScriptedLink
) -> None:
    play(window, link, 18_000)
    assert window.talk.waterfall._turn is not None
    assert window.talk.waterfall._turn.index == 2
    QTest.mouseClick(card(window, 1), Qt.MouseButton.LeftButton)
    play(window, link, 24_500)
    assert window.talk.waterfall._turn.index == 1
    QTest.keyClick(card(window, 3), Qt.Key.Key_Return)
    assert window.talk.waterfall._turn.index == 3
    assert [card(window, n).property("chosen") for n in (1, 3)] == [False, True]


def test_no_card_is_ever_squeezed(window: StudioWindow, link: ScriptedLink, qapp: QApplication) -> None:
    for until in range(0, 24_500, 33):
        play(window, link, until)
        qapp.processEvents()
        for shown in window.talk.transcript.cards.values():
            for bubble in (shown.said, shown.answered):
                if bubble.isVisible():
                    assert shown.height() > bubble.geometry().bottom(), until


def test_state_follows_the_call(window: StudioWindow, link: ScriptedLink) -> None:
    seen: list[str] = []
    play(window, link, 1)
    for until in range(33, 24_500, 33):
        play(window, link, until)
        state = window.status._activity_text.text()
        if seen[-1:] != [state]:
            seen.append(state)
    one_turn = ["You are speaking", "Thinking", "Agent is speaking"]
    assert seen == ["Listening", "Agent is speaking", "Listening", *one_turn, "Listening", *one_turn, *one_turn]


def test_loading_is_shown_stage_by_stage(window: StudioWindow, link: ScriptedLink) -> None:
    window.talk.start_demo()
    assert window.talk.transcript.invitation.heading.text() == "The agent is getting ready"
    link.waiting, link.started = loading(), None
    window.talk.draw_frame()
    rows = window.talk.stages.rows
    assert rows[Stage.LLM].bar.value() == 61
    assert rows[Stage.TTS].bar.maximum() == 0  # its end cannot be told
    assert not rows[Stage.STT].bar.isVisible()
    assert rows[Stage.STT]._time.text() == "412 ms"


def test_meters_rise(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 6500)
    microphone, speaker = window.talk.devices.microphone.meter, window.talk.devices.speaker.meter
    assert microphone.level_db > -20
    assert speaker.level_db == -60
    assert speaker.held_db == -60


def test_a_failed_call_says_so_and_offers_to_try_again(window: StudioWindow, link: ScriptedLink) -> None:
    window.talk.start_demo()
    link.waiting = [CallFailed("There is no microphone: plug one in."), CallOver(None, 0)]
    window.talk.draw_frame()
    (banner,) = window.notices.banners
    assert banner.message == "There is no microphone: plug one in."
    assert not window.talk.in_call
    assert banner.action is not None
    banner.action.click()
    assert window.talk.in_call
    assert link.asked.count("start") == 2
    assert not window.notices.banners


def test_a_lost_device_and_trouble_are_banners(window: StudioWindow, link: ScriptedLink) -> None:
    window.offer_devices(Devices(("USB", "Built-in"), ("Built-in",)))
    play(window, link, 500)
    link.waiting = [
        DeviceChanged(ms(600), Track.USER, "Built-in", "lost"),
        Trouble(ms(700), Stage.LLM, "No answer for 5 s.", "timeout"),
    ]
    window.talk.draw_frame()
    assert [banner.message for banner in window.notices.banners] == [
        "A sound device was lost. Now in use: Built-in",
        "Language model: No answer for 5 s.",
    ]
    assert window.talk.devices.microphone.device == "Built-in"


def test_who_takes_over_is_a_banner_and_stands_among_the_parts(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 500)
    link.waiting = [FellBack(ms(600), Stage.LLM, "acme/one", "other/two", "acme failed.", "server")]
    window.talk.draw_frame()
    (banner,) = window.notices.banners
    assert banner.message == "Language model: acme failed. Now in use: other/two"


def test_asking_again_is_told_in_passing(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 500)
    link.waiting = [Retried(ms(600), Stage.TTS, "acme/voice", "acme failed.", 250.0)]
    window.talk.draw_frame()
    assert window.notices.banners == []
    assert "Voice: acme failed. It is asked again." in texts(window)


def test_tools_that_wait_are_allowed_by_a_click_and_only_for_that_call(
    window: StudioWindow, link: ScriptedLink
) -> None:
    play(window, link, 500)
    link.waiting = [Trouble(ms(600), Stage.TOOLS, "The tools are off.", UNALLOWED)]
    window.talk.draw_frame()
    (banner,) = window.notices.banners
    assert banner.action is not None
    assert (banner.message, banner.action.text()) == ("Tools: The tools are off.", "Allow and call again")
    banner.action.click()
    window.talk.draw_frame()  # the call under way is hung up, and the next one begins
    assert link.started is not None
    assert link.started.allow_tools
    window.talk.toggle_call()
    window.talk.draw_frame()
    window.talk.toggle_call()
    assert not link.started.allow_tools


def test_what_a_slow_window_did_not_draw_is_told(window: StudioWindow, link: ScriptedLink) -> None:
    window.talk.start_demo()
    link.waiting = [CallOver(None, 7)]
    window.talk.draw_frame()
    (banner,) = window.notices.banners
    assert banner.message == "The window was too slow to draw 7 updates of the call."


def test_a_saved_session_is_told(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 1000)
    window.talk.toggle_call()
    window.talk.draw_frame()
    (banner,) = window.notices.banners
    assert banner.message == "Session saved: 2026-11-23T10-00-00"
    assert banner.toolTip() == "/sessions/2026-11-23T10-00-00"
    window.talk.toggle_call()
    assert not window.notices.banners


@pytest.mark.parametrize("opens", [True, False])
def test_a_saved_sessions_folder_is_opened_or_told(
    window: StudioWindow, link: ScriptedLink, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    asked: list[str] = []

    def open_url(url: QUrl) -> bool:
        asked.append(url.toLocalFile())
        return opens

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    play(window, link, 1000)
    window.talk.toggle_call()
    window.talk.draw_frame()
    action = window.notices.banners[0].action
    assert action is not None
    action.click()
    assert asked == ["/sessions/2026-11-23T10-00-00"]
    told = [banner.message for banner in window.notices.banners]
    assert told == ([] if opens else ["No program here opens folders. The session is in /sessions/2026-11-23T10-00-00"])


def test_a_silenced_agent_is_no_longer_shown_as_speaking(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 9000)
    assert window.status._activity_text.text() == "Agent is speaking"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    link.waiting = [AgentSilent(ms(9020), 1, ms(9010), "I can", True)]
    window.talk.draw_frame()
    assert window.status._activity_text.text() == "Listening"


def test_recording_is_remembered_and_shown(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 4000)
    assert window.status._recording.text() == "● REC 00:04"
    window.status.record_button.click()
    assert link.asked[-1] == "record False"
    window.talk.toggle_call()
    window.talk.draw_frame()
    window.talk.toggle_call()
    assert link.started is not None
    assert link.started.record_to is None


def test_recording_that_cannot_begin_in_this_call_says_when_it_does(window: StudioWindow, link: ScriptedLink) -> None:
    window.status.record_button.click()
    window.talk.toggle_call()
    window.talk.draw_frame()
    toast = window.notices._toast
    assert not toast.isVisible()
    window.status.record_button.click()
    assert toast.isVisible()
    assert window.notices._toast_text.text() == "Recording starts with the next call."
    assert not window.status._recording.isVisible()
    window.talk.toggle_call()
    window.talk.draw_frame()
    toast.hide()
    window.talk.toggle_call()
    assert link.started is not None
    assert link.started.record_to is not None
    window.status.record_button.click()
    window.status.record_button.click()
    assert not toast.isVisible()


def test_the_demo_caller_stands_where_the_microphone_stood(window: StudioWindow, link: ScriptedLink) -> None:
    window.talk.toggle_call()
    picker = window.talk.devices.microphone
    assert (picker._title.text(), picker.choice.isVisible()) == ("Microphone", True)
    window.talk.toggle_call()
    window.talk.draw_frame()
    window.talk.start_demo()
    assert (picker._title.text(), picker.choice.isVisible()) == ("Demo caller", False)
    assert picker.meter.accessibleName() == "Demo caller level"
    window.switch_language()
    QApplication.processEvents()  # the language change is posted
    assert picker._title.text() == "데모 발신자"
    window.talk.toggle_call()
    window.talk.draw_frame()
    assert (picker._title.text(), picker.choice.isVisible()) == ("마이크", True)


def test_nothing_in_the_side_moves_while_the_call_loads(window: StudioWindow, link: ScriptedLink) -> None:
    def places() -> list[QPoint]:
        QApplication.processEvents()
        rows = [window.talk.stages.rows[stage] for stage in SHOWN]
        return [widget.mapTo(window, QPoint()) for widget in (*rows, window.talk.devices.speaker.meter, window.tools)]

    before = places()
    window.talk.start_demo()
    assert window.talk.stages.rows[None].isVisible()
    assert places() == before
    link.waiting, link.started = loading(), None
    window.talk.draw_frame()
    assert window.talk.stages.rows[Stage.LLM].bar.isVisible()
    assert places() == before


def test_choosing_a_device_tells_the_call(window: StudioWindow, link: ScriptedLink) -> None:
    window.offer_devices(Devices(("USB",), ("HDMI",)))
    for picker in (window.talk.devices.microphone, window.talk.devices.speaker):
        picker.choice.setCurrentIndex(1)
        picker.choice.activated.emit(1)
    assert link.asked == ["microphone USB", "speaker HDMI"]
    window.talk.toggle_call()
    assert link.started is not None
    assert (link.started.microphone, link.started.speaker) == ("USB", "HDMI")


@pytest.mark.parametrize("banner", [False, True])
def test_the_invitation_fits_small_screens(window: StudioWindow, banner: bool) -> None:
    window.resize(window.minimumSize())
    if banner:
        window.notices.warn("It broke.", Remedy("Try again", window.talk.toggle_call))
    QApplication.processEvents()
    invitation = window.talk.transcript.invitation
    shown = [widget for widget in invitation.findChildren(QWidget) if widget.isVisible()]
    assert invitation.button in shown
    for upper, lower in pairwise(sorted(shown, key=lambda widget: widget.y())):
        assert upper.geometry().bottom() < lower.y()
    assert all(invitation.rect().contains(widget.geometry()) for widget in shown)


def test_costs_are_told_as_they_come(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 8000)
    assert not window.status.cost.isVisible()
    link.waiting = [
        Priced({"deepgram/nova-3": Price(as_of=date(2026, 11, 23), audio_minute=0.6)}),
        UnitsUsed(ms(9000), 1, Stage.STT, "deepgram/nova-3", audio_ms=3000),
    ]
    window.talk.draw_frame()
    assert "$0.03" in card(window, 1).figure.text()
    assert window.status.cost.text() == "$0.20/min"
    window.talk.toggle_call()
    window.talk.draw_frame()
    window.talk.toggle_call()
    assert not window.status.cost.isVisible()
