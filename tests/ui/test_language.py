import filecmp
import importlib.util
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QCoreApplication, QLocale

from studio.ui.language import Language, Translation
from studio.ui.theme import ASSETS

TEXTS = ASSETS / "translations" / "studio_ko.ts"


@pytest.fixture(scope="module")
def translate() -> ModuleType:
    path = ASSETS.parent / "packaging" / "translate.py"
    spec = importlib.util.spec_from_file_location("packaging_translate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_text_of_the_window_is_collected(translate: ModuleType, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.ts"
    shutil.copy(TEXTS, fresh)
    translate.collect(fresh)
    assert sources(fresh) == sources(TEXTS), "run: python packaging/translate.py"


def test_every_text_has_korean(translate: ModuleType) -> None:
    assert translate.untranslated(TEXTS) == []
    assert len(sources(TEXTS)) > 100


def test_a_missing_translation_is_noticed(translate: ModuleType, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ts"
    broken.write_text(TEXTS.read_text(encoding="utf-8").replace(">듣는 중<", "><"), encoding="utf-8")
    assert translate.untranslated(broken) == ["Listening"]


def test_what_qt_loads_is_up_to_date(translate: ModuleType, tmp_path: Path) -> None:
    translate.compile_to(TEXTS, tmp_path / "fresh.qm")
    assert filecmp.cmp(tmp_path / "fresh.qm", TEXTS.with_suffix(".qm"), shallow=False)


def test_placeholders_survive_and_carry_no_particle() -> None:
    """A particle depends on the last sound of what stands before it, which is not known for a variable."""
    for source, translation in messages(TEXTS):
        assert re.findall(r"\{\w+\}", source) == re.findall(r"\{\w+\}", translation) or set(
            re.findall(r"\{\w+\}", source)
        ) == set(re.findall(r"\{\w+\}", translation))
        assert not re.search(r"\}(을|를|이|가|은|는|와|과|로|으로)(?=\s|$|[.,])", translation), translation


def test_speaks_both_languages(translation: Translation) -> None:
    def listening() -> str:
        return QCoreApplication.translate("Activity", "Listening")

    assert listening() == "Listening"
    translation.speak(Language.KOREAN)
    assert listening() == "듣는 중"
    translation.speak(translation.language.other)
    assert listening() == "Listening"


def test_starts_in_the_language_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for locale, language in (("ko_KR", Language.KOREAN), ("de_DE", Language.ENGLISH), ("en_US", Language.ENGLISH)):
        monkeypatch.setattr(QLocale, "system", lambda locale=locale: QLocale(locale))
        assert Language.of_system() is language


def sources(file: Path) -> list[tuple[str, str]]:
    return [
        (context.findtext("name", ""), message.findtext("source", ""))
        for context in ET.parse(file).iter("context")
        for message in context.iter("message")
    ]


def messages(file: Path) -> list[tuple[str, str]]:
    return [(m.findtext("source", ""), m.findtext("translation", "")) for m in ET.parse(file).iter("message")]
