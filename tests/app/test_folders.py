from pathlib import Path

import pytest

from studio.app.folders import own_presets_folder, sessions_folder, voice_cache_folder


def test_sessions_are_among_the_users_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIO_SESSIONS", raising=False)
    assert sessions_folder().parts[-2:] == ("voice-agent-studio", "sessions")
    assert sessions_folder().is_absolute()


def test_another_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDIO_SESSIONS", str(tmp_path))
    assert sessions_folder() == tmp_path


def test_own_presets_are_among_the_users_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STUDIO_PRESETS", raising=False)
    assert own_presets_folder().parts[-2:] == ("voice-agent-studio", "presets")
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path))
    assert own_presets_folder() == tmp_path


def test_what_was_spoken_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STUDIO_VOICE_CACHE")
    assert voice_cache_folder().parts[-2:] == ("voice-agent-studio", "spoken")
    monkeypatch.setenv("STUDIO_VOICE_CACHE", str(tmp_path))
    assert voice_cache_folder() == tmp_path
