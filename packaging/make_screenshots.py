"""Makes the pictures of the window for the documents: `python packaging/make_screenshots.py [SESSION]`.

Plays a recorded session's events (without one, the scripted call of the tests) through the real window, offscreen,
and saves what it looks like to `assets/screenshots`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1.5")

from PySide6.QtCore import QSettings  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from studio.app.voice_link import Message  # noqa: E402
from studio.model.events import AgentSpeaking, Event  # noqa: E402
from studio.model.time import to_ms  # noqa: E402
from studio.recording.reader import open_session  # noqa: E402
from studio.ui.design.pipeline import BoxName  # noqa: E402
from studio.ui.language import Language, Translation  # noqa: E402
from studio.ui.main import preset_choices  # noqa: E402
from studio.ui.talk import FRAME_MS, TalkParts  # noqa: E402
from studio.ui.theme import ThemeName, font, load_fonts  # noqa: E402
from studio.ui.window import ScreenName, StudioWindow  # noqa: E402
from tests.ui.at_once import at_once  # noqa: E402
from tests.ui.scripted_call import ScriptedLink, call, loading  # noqa: E402

SETTLED_MS = 500
"""After this time nothing on a screen moves any more, on a busy machine too."""


@dataclass(frozen=True)
class Picture:
    """One file."""

    name: str
    theme: ThemeName = ThemeName.DARK
    language: Language = Language.ENGLISH
    in_call: bool = True
    messages: tuple[Message, ...] = ()
    """What the call says besides its events."""
    design: BoxName | None = None
    """The box that is chosen on the Design screen; None: the Talk screen."""
    preset: str = "embedded"
    size: tuple[int, int] = (1280, 820)


PICTURES = (
    Picture("talk-dark"),
    Picture("talk-light", theme=ThemeName.LIGHT),
    Picture("talk-korean", language=Language.KOREAN),
    Picture("ready", in_call=False),
    Picture("loading", in_call=False, messages=tuple(loading())),
    Picture("design-dark", in_call=False, design=BoxName.LLM, preset="fastest", size=(1440, 900)),
    Picture("design-light", ThemeName.LIGHT, in_call=False, design=BoxName.TTS, preset="natural", size=(1440, 900)),
    Picture("design-korean", language=Language.KOREAN, in_call=False, design=BoxName.TURN, preset="korean"),
    Picture("design-small", in_call=False, design=BoxName.STT, size=(1000, 640)),
)


def main() -> int:
    """Make every picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("session", nargs="?", type=Path, help="the folder of a recorded session")
    parser.add_argument("--at", type=float, metavar="SECONDS", help="the moment shown (default: in the last answer)")
    parser.add_argument("--to", type=Path, default=ROOT / "assets" / "screenshots", metavar="DIR")
    chosen = parser.parse_args()
    events: Sequence[Event] = call() if chosen.session is None else list(open_session(chosen.session).events)
    moment_ms = 1000 * chosen.at if chosen.at is not None else in_the_last_answer(events)
    chosen.to.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    load_fonts()
    application.setFont(font(14))
    for picture in PICTURES:
        file = chosen.to / f"{picture.name}.png"
        take(picture, events, moment_ms, application, file)
        print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
    return 0


def in_the_last_answer(events: Sequence[Event]) -> float:
    """One second after the agent was last heard to begin, in ms."""
    answers = [to_ms(event.start) for event in events if isinstance(event, AgentSpeaking)]
    return max(answers, default=0.0) + 1000


def take(picture: Picture, events: Sequence[Event], moment_ms: float, application: QApplication, file: Path) -> None:
    """Play the events up to the moment and save the picture."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("STUDIO_PRESETS", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = folder  # a picture shows nothing of the user's own
        for vendor in ("DEEPGRAM", "GROQ", "ASSEMBLYAI", "ANTHROPIC"):  # none of them is asked anything
            os.environ[f"{vendor}_API_KEY"] = "for-pictures"
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        settings.setValue("theme", picture.theme.value)
        translation = Translation(application)
        translation.speak(picture.language)
        link = ScriptedLink(script=list(events))
        parts = TalkParts(link, Path("demo.wav"), lambda _: Path(folder), settings)
        window = StudioWindow(parts, preset_choices("embedded"), at_once, translation)
        window.resize(*picture.size)
        window.show()
        if picture.in_call or picture.messages:
            window.talk.start_demo()
        link.waiting += picture.messages
        if not picture.in_call:
            link.started = None
        while link.now_ms < moment_ms:
            link.now_ms += FRAME_MS
            window.talk.draw_frame()
            application.processEvents()
        if picture.design is not None:
            show_design(window, picture.design, picture.preset)
        window.grab().save(str(file))
        window.close()
        window.deleteLater()
        translation.speak(Language.ENGLISH)


def show_design(window: StudioWindow, box: BoxName, preset: str) -> None:
    """Open a preset on the Design screen and wait until everything about it is known."""
    window.talk.agent.choose(preset)
    window.show_screen(ScreenName.DESIGN)
    window.design.choose_box(box)
    while not window.design.known:
        QTest.qWait(SETTLED_MS)
    QTest.qWait(SETTLED_MS)


if __name__ == "__main__":
    sys.exit(main())
