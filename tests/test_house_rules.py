"""The house rules that ruff and mypy cannot see; CONTRIBUTING.md gives them with their reasons."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path.relative_to(ROOT) for path in ROOT.glob("studio/**/*.py"))
FOLDERS = ("studio", "tests", "presets", "packaging", "benchmarks", ".ci")
TEXTS = sorted(
    path.relative_to(ROOT)
    for pattern in (
        *(f"{folder}/**/*" for folder in FOLDERS),
        "*.md",
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
    )
    for path in ROOT.glob(pattern)
    if path.suffix in {".py", ".md", ".toml", ".json", ".sh", ".lock", ""} and path.is_file()
)

MAX_FUNCTION_LINES = 50
MAX_CONSTRUCTOR_PARAMETERS = 6
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "manager", "base", "common", "misc"}
FOREIGN = re.compile(r"/[w]ork\b|/[r]oot\b|/[h]ome/|huggingface\.co\b|pypi\.org|pythonhosted\.org|npm[j]s|debian\.org")
"""Paths of one machine and names of hosts: both belong into the environment."""

NEEDS_NO_TEST = {
    "studio/app/voice_link.py": "records and a protocol; tests/ui and the voice process go through them",
    "studio/model/conversation.py": "records without behaviour",
    "studio/model/events.py": "records only; tests/model/test_event_json.py takes each one there and back",
    "studio/model/provider_events.py": "records only; tests/model/test_event_json.py takes each one there and back",
    "studio/model/turn_events.py": "records only; tests/model/test_event_json.py takes each one there and back",
    "studio/model/terms.py": "closed lists of words; whoever uses them is tested through them",
    "studio/timeline/marks.py": "records without behaviour; every lane and painter is tested through them",
    "studio/pipeline/floor.py": "records only; tests/pipeline/test_turn_taking.py goes through each of them",
    "studio/pipeline/reply.py": "records only; every test of the stages goes through them",
    "studio/pipeline/ports.py": "protocols only; mypy checks who keeps them",
    "studio/providers/settings.py": "one model without behaviour; every provider's test goes through it",
}

each_source = pytest.mark.parametrize("path", SOURCES, ids=str)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@each_source
def test_files_and_functions_are_short(path: Path) -> None:
    limit = 500 if path.is_relative_to("studio/ui") else 400
    assert len((ROOT / path).read_text().splitlines()) <= limit
    for function in functions(path):
        assert (function.end_lineno or 0) - function.lineno < MAX_FUNCTION_LINES, function.name


@each_source
def test_signatures_say_what_they_take(path: Path) -> None:
    for function in functions(path):
        arguments = function.args
        if not function.name.startswith("_"):
            assert arguments.kwarg is None, f"{function.name} takes **{arguments.kwarg and arguments.kwarg.arg}"
        if function.name == "__init__":
            assert arguments.kwarg is None
            given = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            assert len(given) - 1 <= MAX_CONSTRUCTOR_PARAMETERS, f"line {function.lineno}: take a settings object"


@each_source
def test_tasks_start_at_the_one_door(path: Path) -> None:
    """Ruff bans asyncio.create_task; this finds the same on a loop or a group."""
    if path != Path("studio/pipeline/tasks.py"):
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"create_task", "ensure_future"}, f"line {node.lineno}"


@each_source
def test_names_say_something(path: Path) -> None:
    assert not SAYS_NOTHING & {path.stem, *path.parts}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.stem not in {"__init__", "__main__"}], ids=str)
def test_every_module_has_its_test(path: Path) -> None:
    test = Path("tests", *path.parts[1:-1], f"test_{path.name}")
    assert (ROOT / test).exists() is (path.as_posix() not in NEEDS_NO_TEST), f"{test} is missing, or not needed"


def test_excuses_are_for_modules_that_exist() -> None:
    assert {Path(path) for path in NEEDS_NO_TEST} <= set(SOURCES)


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_nothing_names_a_machine_or_a_host(path: Path) -> None:
    assert not FOREIGN.findall((ROOT / path).read_text())


@pytest.mark.parametrize("name", ["work", "root", "home"])
def test_a_machines_path_is_found(name: str) -> None:
    assert FOREIGN.search(f"in /{name}/x")


@pytest.mark.parametrize(
    "host", [("pypi", "org"), ("huggingface", "co"), ("deb", "debian", "org"), ("npm" + "js", "com")]
)
def test_a_host_is_found(host: tuple[str, ...]) -> None:
    assert FOREIGN.search(f"https://{'.'.join(host)}/x")
