import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from studio.model.errors import ErrorCategory, PresetError, ProviderError
from studio.model.preset import Part
from studio.providers.voices import Listing, Voice, list_voices
from tests.fakes.elevenlabs import VOICES, ElevenLabs
from tests.fakes.server import FakeServer, OnTheWire, Refuse
from tests.providers.contract import needs

DAY = timedelta(days=1)
NEVER = timedelta()
GEORGE = Voice("voice1", "George (en, british)")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeServer]:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "right")
    async with FakeServer({"": ElevenLabs(key="right"), "/eu": ElevenLabs(key="right")}) as there:
        yield there


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def listed(server: FakeServer, folder: Path, max_age: timedelta = DAY, **settings: Any) -> Listing:
    part = Part.model_validate({"use": "elevenlabs/x", "base_url": server.url(), "answer_timeout_s": 0.2, **settings})
    return await list_voices("elevenlabs", part, folder, max_age)


async def test_a_vendor_is_asked_once_in_a_while(server: FakeServer, tmp_path: Path) -> None:
    first = await listed(server, tmp_path / "new")
    assert first.live
    assert first.trouble == ""
    assert GEORGE in first.voices
    assert len(first.voices) == len(VOICES)
    assert datetime.now(UTC) - first.as_of < timedelta(seconds=10)
    asked = len(server.requests)
    second = await listed(server, tmp_path / "new")
    assert (second.voices, second.as_of, second.live) == (first.voices, first.as_of, False)
    assert len(server.requests) == asked
    assert (await listed(server, tmp_path / "new", NEVER)).live


async def test_what_else_a_preset_says_does_not_matter(server: FakeServer, tmp_path: Path) -> None:
    assert (await listed(server, tmp_path, voice="not / a voice", speed=99)).live


@pytest.mark.parametrize(
    "fault", [Refuse(500), Refuse(429, headers={"Retry-After": "9"}), OnTheWire(stall_after=0), OnTheWire(cut_after=9)]
)
async def test_while_a_vendor_is_away_the_list_that_was_kept_serves(
    server: FakeServer, tmp_path: Path, fault: Refuse | OnTheWire
) -> None:
    first = await listed(server, tmp_path)
    server.misbehave(fault)
    second = await listed(server, tmp_path, NEVER)
    assert (second.voices, second.as_of, second.live) == (first.voices, first.as_of, False)
    assert second.trouble.startswith("127.0.0.1 ")


async def test_without_a_list_a_vendor_that_is_away_is_told(server: FakeServer, tmp_path: Path) -> None:
    server.misbehave(Refuse(503))
    with pytest.raises(ProviderError) as caught:
        await listed(server, tmp_path)
    assert caught.value.category is ErrorCategory.SERVER
    assert files(tmp_path) == []


async def test_a_refused_key_is_told_whatever_was_kept(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listed(server, tmp_path)
    monkeypatch.setenv("ELEVENLABS_API_KEY", "wrong")
    with pytest.raises(ProviderError, match="ELEVENLABS_API_KEY") as caught:
        await listed(server, tmp_path, NEVER)
    assert caught.value.category is ErrorCategory.AUTHENTICATION


async def test_each_address_has_its_own_list(server: FakeServer, tmp_path: Path) -> None:
    await listed(server, tmp_path)
    assert (await listed(server, tmp_path, base_url=server.url("/eu"))).live
    assert not (await listed(server, tmp_path, base_url=server.url("/eu/"))).live
    assert len(files(tmp_path)) == 2


def damage(content: dict[str, Any], **changes: Any) -> str:
    return json.dumps({**content, **changes})


@pytest.mark.parametrize(
    "how", ["half", "empty", "no object", "no voices", "a naive time", "tomorrow", "another place"]
)
async def test_a_damaged_list_is_asked_for_again(server: FakeServer, tmp_path: Path, how: str) -> None:
    first = await listed(server, tmp_path)
    [path] = files(tmp_path)
    whole = path.read_text()
    content = json.loads(whole)
    tomorrow = (datetime.now(UTC) + DAY).isoformat()
    path.write_text(
        {
            "half": whole[: len(whole) // 2],
            "empty": "",
            "no object": "[]",
            "no voices": damage(content, voices=[["a"]]),
            "a naive time": damage(content, as_of="2026-01-01T00:00:00"),
            "tomorrow": damage(content, as_of=tomorrow),
            "another place": damage(content, base_url="http://elsewhere"),
        }[how]
    )
    again = await listed(server, tmp_path)
    assert again.live
    assert again.voices == first.voices
    assert files(tmp_path) == [path]
    assert not (await listed(server, tmp_path)).live


async def test_a_list_that_cannot_be_kept_is_given_all_the_same(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    found = await listed(server, tmp_path / "taken")
    assert found.live
    assert GEORGE in found.voices
    assert found.trouble.startswith("Cannot keep the list of voices")


async def test_the_key_is_not_kept(server: FakeServer, tmp_path: Path) -> None:
    await listed(server, tmp_path)
    [path] = files(tmp_path)
    assert "right" not in path.read_text()


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("hibari", Voice("heart", "Heart")),
        pytest.param("kokoro", Voice("af_heart", "Heart (en-US, female)"), marks=needs("kokoro-82m-int8")),
    ],
)
async def test_a_provider_on_this_machine_is_looked_at(tmp_path: Path, name: str, voice: Voice) -> None:
    found = await list_voices(name, Part(use=name), tmp_path, DAY)
    assert found.live
    assert voice in found.voices
    assert files(tmp_path) == []


async def test_one_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match="nobody"):
        await list_voices("nobody", None, tmp_path, DAY)
