import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
make_notice = runpy.run_path(str(ROOT / "packaging" / "make_notice.py"))
NOTICE = (ROOT / "NOTICE.md").read_text()


@pytest.mark.parametrize("package", make_notice["locked_versions"]())
def test_every_locked_package_has_its_line(package: str) -> None:
    versions = ", ".join(make_notice["locked_versions"]()[package])
    assert f"| {package} | {versions} | {make_notice['licence_of'](package)} |" in NOTICE.splitlines()


def test_it_is_what_the_command_writes() -> None:
    assert make_notice["notice"]() == NOTICE, "run `make notice`"


def test_every_foreign_asset_has_its_line() -> None:
    licensed = {path.relative_to(ROOT).parent.as_posix() for path in ROOT.glob("assets/**/*LICENSE*")}
    assert licensed == {folder for folder, _, _ in make_notice["ASSETS"]}
