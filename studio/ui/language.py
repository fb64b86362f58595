"""The window's language: English in the source, Korean from `assets/translations`. Knows no text."""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from studio.ui.theme import ASSETS


class Language(StrEnum):
    """The languages there are."""

    ENGLISH = "en"
    KOREAN = "ko"

    @property
    def other(self) -> "Language":
        """The one to switch to."""
        return Language.ENGLISH if self is Language.KOREAN else Language.KOREAN

    @classmethod
    def of_system(cls) -> "Language":
        """The user's own, English where it is not spoken here."""
        return cls.KOREAN if QLocale.system().language() is QLocale.Language.Korean else cls.ENGLISH


class Translation:
    """Which language is spoken now. Qt tells every window when it changes."""

    def __init__(self, application: QCoreApplication) -> None:
        self._application = application
        self._translator = QTranslator(application)
        self.language = Language.ENGLISH

    def speak(self, language: Language) -> None:
        """Switch to `language`."""
        self._application.removeTranslator(self._translator)
        self.language = language
        if language is not Language.ENGLISH:
            file = ASSETS / "translations" / f"studio_{language}.qm"
            if not self._translator.load(str(file)):
                raise FileNotFoundError(f"The translation {file.name} is missing; run packaging/translate.py.")
            self._application.installTranslator(self._translator)
