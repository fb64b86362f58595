"""Brings the window's translations up to date: `python packaging/translate.py`.

Collects the texts of `studio/ui` into `assets/translations/studio_ko.ts`, where they are translated (with Qt
Linguist or any editor), and compiles that file for Qt. Run it after changing a text, and again after translating.
"""

import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "assets" / "translations" / "studio_ko.ts"


def collect(texts: Path) -> None:
    """Put every text of the window into `texts`; translations that are there stay."""
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "studio" / "ui").rglob("*.py"))
    options = ["-locations", "none", "-no-obsolete", "-source-language", "en", "-target-language", "ko"]
    _run("pyside6-lupdate", *sources, *options, "-ts", str(texts))


def compile_to(texts: Path, compiled: Path) -> None:
    """Write what Qt loads."""
    _run("pyside6-lrelease", "-silent", str(texts), "-qm", str(compiled))


def untranslated(texts: Path) -> list[str]:
    """The texts without a finished translation."""
    return [
        message.findtext("source", "")
        for message in ET.parse(texts).iter("message")
        if (translation := message.find("translation")) is None
        or translation.get("type") == "unfinished"
        or not (translation.text or "").strip()
    ]


def main() -> int:
    """Collect and compile; returns 1 while something is not translated."""
    collect(TEXTS)
    compile_to(TEXTS, TEXTS.with_suffix(".qm"))
    missing = untranslated(TEXTS)
    for text in missing:
        print(f"not translated: {text}", file=sys.stderr)
    return 1 if missing else 0


def _run(tool: str, *arguments: str) -> None:
    program = Path(sysconfig.get_path("scripts"), tool)
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
