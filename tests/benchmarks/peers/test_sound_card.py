import wave
from pathlib import Path

import pytest

from benchmarks.peers.sound_card import SoundCard


def recording(path: Path, pcm: bytes, rate_hz: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return path


def played(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


async def test_an_answer_stands_where_it_was_played_and_the_rest_is_silence(tmp_path: Path) -> None:
    card = SoundCard(recording(tmp_path / "in.wav", bytes(range(256)) * 25))  # 200 ms
    heard: list[bytes] = []

    async def hear(pcm: bytes) -> None:
        heard.append(pcm)
        if len(heard) == 3:  # 60 ms have been said
            card.write(b"\1\0" * 24 * 30)

    await card.run(hear, 20)
    card.save(tmp_path / "out.wav")
    assert b"".join(heard) == (bytes(range(256)) * 25)[: len(heard) * 640]
    assert {len(pcm) for pcm in heard} == {640}
    sound = played(tmp_path / "out.wav")
    assert len(sound) == 24 * 200 * 2
    assert sound.index(b"\1") == 24 * 70 * 2  # the block after the one that was being played
    assert sound.count(b"\1") == 24 * 30
    assert card.empty.is_set()


async def test_what_is_cleared_is_never_played_and_what_is_paused_waits(tmp_path: Path) -> None:
    card = SoundCard(recording(tmp_path / "in.wav", bytes(320 * 4)))
    card.write(b"\1\0" * 24 * 100)
    card.paused = True

    async def hear(_pcm: bytes) -> None:
        card.paused = False

    await card.run(hear, 10)
    assert card.clear() == 24 * 80 * 2
    assert card.empty.is_set()
    card.save(tmp_path / "out.wav")
    assert played(tmp_path / "out.wav") == bytes(24 * 20 * 2) + b"\1\0" * 24 * 20


def test_another_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="16000"):
        SoundCard(recording(tmp_path / "in.wav", b"", 8000))
