"""Opens the window: application, event loop, fonts, language, and what reports a bug. Kept small."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType

import qasync
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from studio.app import presets
from studio.app.devices import Devices, sound_devices
from studio.app.folders import demo_caller, session_folder
from studio.app.presets import Listed
from studio.app.voice_process import VoiceProcess
from studio.model.errors import DeviceError
from studio.pipeline.tasks import Tasks
from studio.ui import words
from studio.ui.background import InThreads
from studio.ui.language import Language, Translation
from studio.ui.panels.agent import PresetChoice
from studio.ui.talk import TalkParts
from studio.ui.theme import font, load_fonts
from studio.ui.window import StudioWindow

_FIRST = "embedded"
"""The agent that a window opened for the first time offers: it needs no key and no network."""


def run(preset: str | None = None, base_urls: tuple[tuple[str, str], ...] = ()) -> int:
    """Show the window until it is closed; returns the exit code. Its calls reach the providers at `base_urls`.

    Raises:
        PresetError: `preset` is given and cannot be used.
    """
    choices = preset_choices(preset)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("studio")
    application.setOrganizationName("voice-agent-studio")
    application.setDesktopFileName("voice-agent-studio")
    load_fonts()
    application.setFont(font(14))
    application.setQuitOnLastWindowClosed(False)  # the event loop ends by itself, after the call was hung up
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "voice-agent-studio", "studio")
    translation = Translation(application)
    translation.speak(Language(str(settings.value("language", Language.of_system()))))
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop:
        tasks = Tasks(lambda _, error: _report(window, error))
        parts = TalkParts(VoiceProcess(), demo_caller(), partial(session_folder, None), settings, base_urls)
        window = StudioWindow(parts, choices, InThreads(tasks), translation)
        window.talk.agent.choose(preset or str(settings.value("preset", _FIRST)))
        loop.run_until_complete(_until_closed(window, tasks, application))
    return 0


def preset_choices(wanted: str | None) -> tuple[PresetChoice, ...]:
    """The presets there are and, first, the one that is wanted; a damaged one says so.

    Raises:
        PresetError: the wanted one cannot be used.
    """
    listing = presets.listing()
    if wanted:
        title = presets.read(presets.path_of(wanted))
        first = PresetChoice(wanted, title.title, title.description)
        return (first, *(_choice(listed) for listed in listing if listed.name != wanted))
    return tuple(map(_choice, listing))


def _choice(listed: Listed) -> PresetChoice:
    return PresetChoice(listed.name, listed.title, listed.problem or listed.description)


async def _until_closed(window: StudioWindow, tasks: Tasks, application: QApplication) -> None:
    closed = asyncio.Event()
    application.lastWindowClosed.connect(closed.set)

    def refresh_devices() -> None:
        tasks.start("devices", _offer_devices(window))

    with _bugs_shown_in(window):
        window.devices_wanted.connect(refresh_devices)
        window.show()
        await closed.wait()
        await tasks.close()


async def _offer_devices(window: StudioWindow) -> None:
    try:
        devices = await asyncio.to_thread(sound_devices)
    except DeviceError as error:
        window.offer_devices(Devices((), ()))
        window.notices.warn(str(error))
    else:
        window.offer_devices(devices)


@contextmanager
def _bugs_shown_in(window: StudioWindow) -> Iterator[None]:
    """An exception that nobody caught is told in the window, not only where nobody looks."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        _report(window, error)

    before, sys.excepthook = sys.excepthook, report
    try:
        yield
    finally:
        sys.excepthook = before


def _report(window: StudioWindow, error: BaseException) -> None:
    message = words.translate("Bug", "The window made a mistake ({error}). The call goes on; please report it.")
    window.notices.warn(message.format(error=f"{type(error).__name__}: {error}"))
