import dataclasses
import json
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.app import doctor
from studio.app.doctor import Finding, Status
from studio.audio.devices import Device
from studio.model.errors import DeviceError
from studio.providers import weights
from studio.providers.catalog import Provider

MICROPHONE = Device(0, "Desk mic", "ALSA", 1, 0, 48_000, default_input=True, default_output=False)
SPEAKER = Device(1, "Monitor", "ALSA", 0, 2, 48_000, default_input=False, default_output=True)


def statuses(list_devices: Callable[[], list[Device]]) -> dict[str, Status]:
    return {finding.name: finding.status for finding in doctor.check_devices(list_devices)}


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10), Status.BAD), ((3, 11), Status.OK), ((3, 13), Status.OK), ((3, 14), Status.BAD)],
)
def test_python_version(version: tuple[int, int], status: Status) -> None:
    assert doctor.check_python(version).status is status


def test_a_package_of_another_version_is_bad() -> None:
    finding = doctor.check_packages(["pydantic>=2", "PySide6-Essentials==6.12.0", "no-such-package==1.0"])
    assert finding.status is Status.BAD
    assert "PySide6-Essentials 6.12.0 is needed, 6.11.3 is installed" in finding.message
    assert "no-such-package 1.0 is needed, none is installed" in finding.message


def test_our_own_pins_are_kept_here() -> None:
    requirements = metadata.requires(doctor.PACKAGE) or []
    assert any(requirement.lower().startswith("pyside6-essentials==") for requirement in requirements)
    assert doctor.check_packages(requirements).status is Status.OK


def test_a_studio_that_is_not_installed_cannot_know_its_packages() -> None:
    assert doctor.check_packages(None).status is Status.WARN


def test_missing_libraries_are_named_in_the_advice() -> None:
    finding = doctor.check_libraries("sound", ["libportaudio2"])
    assert finding.status is Status.BAD
    assert "apt-get install libportaudio2" in finding.advice
    assert doctor.check_libraries("sound", []).status is Status.OK


def test_display() -> None:
    assert doctor.check_display(True).status is Status.OK
    assert doctor.check_display(False).status is Status.WARN


def test_devices_that_are_there() -> None:
    assert statuses(lambda: [MICROPHONE, SPEAKER]) == {"microphone": Status.OK, "speaker": Status.OK}


def test_a_machine_without_devices_is_warned_and_can_still_talk() -> None:
    assert statuses(lambda: [SPEAKER]) == {"microphone": Status.WARN, "speaker": Status.OK}
    [finding] = doctor.check_devices(_broken_sound_system)
    assert finding.status is Status.WARN
    assert "studio talk --in" in finding.advice


def _broken_sound_system() -> list[Device]:
    raise DeviceError("The sound system cannot start.")


def test_missing_weights_are_bad_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(tmp_path))
    finding = doctor.check_weights()
    assert finding.status is Status.BAD
    assert "silero-vad" in finding.message
    assert "make weights" in finding.advice


@pytest.mark.weights
def test_weights_that_the_setup_fetched_are_fine() -> None:
    finding = doctor.check_weights()
    assert finding.status is Status.OK, finding.message
    assert finding.message.startswith(str(len(weights.read_manifest().default_names)))


def test_keys_are_told_of_but_never_told() -> None:
    providers = {
        "acme": Provider(title="Acme", env_key="ACME_API_KEY"),
        "other": Provider(title="Other", env_key="OTHER_API_KEY"),
        "local": Provider(title="Local"),
    }
    findings = list(doctor.check_keys(providers, {"ACME_API_KEY": "keyring"}.get))
    assert [finding.message for finding in findings] == [
        "ACME_API_KEY is in the keyring (for acme).",
        "OTHER_API_KEY is not set (for other).",
    ]


def test_little_disk_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"sessions": tmp_path / "not" / "yet"}
    [finding] = doctor.check_disk(folders)
    assert finding.status is (Status.OK if shutil.disk_usage(tmp_path).free >= 5e8 else Status.WARN)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    [finding] = doctor.check_disk(folders)
    assert finding.status is Status.WARN
    assert "0.1 GB free" in finding.message
    assert "below 500 MB" in finding.advice


@pytest.mark.parametrize(
    ("cores", "memory_bytes", "status"),
    [(1, 8 * 10**9, Status.WARN), (2, 2 * 10**9, Status.WARN), (2, 4 * 10**9, Status.OK), (8, None, Status.OK)],
)
def test_machine(cores: int, memory_bytes: int | None, status: Status) -> None:
    assert doctor.check_machine(cores, memory_bytes).status is status


def test_only_something_bad_fails() -> None:
    fine, odd, broken = (Finding("x", status, "Found.") for status in Status)
    assert doctor.exit_code([fine, odd]) == 0
    assert doctor.exit_code([fine, broken, odd]) == 1


def test_render_puts_the_advice_under_its_finding() -> None:
    text = doctor.render(
        [Finding("disk", Status.WARN, "Little left.", "Free some."), Finding("key", Status.OK, "Set.")]
    )
    assert [line.split() for line in text.splitlines()] == [
        ["warn", "disk", "Little", "left."],
        ["->", "Free", "some."],
        ["ok", "key", "Set."],
    ]


def test_this_machine_can_be_looked_at() -> None:
    findings = doctor.run_checks()
    assert {"python", "packages", "weights", "disk", "machine", "display"} <= {finding.name for finding in findings}
    assert all(finding.advice for finding in findings if finding.status is not Status.OK)
    json.dumps([dataclasses.asdict(finding) for finding in findings])
