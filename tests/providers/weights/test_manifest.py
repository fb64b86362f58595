import re
from pathlib import PurePosixPath

import pytest

from studio.model.errors import WeightsError
from studio.providers.weights.manifest import HubFile, Packages, WeightFile, parse_manifest, read_manifest

FILES = [(weights, file) for weights in read_manifest().sets.values() for file in weights.files]
PLACES = [place for _, file in FILES for place in file.places]
each_file = pytest.mark.parametrize("file", [file for _, file in FILES], ids=lambda file: file.path)


def test_set_up_fetches_one_engine_of_each_kind() -> None:
    assert set(read_manifest().default_names) == {
        "silero-vad",
        "smart-turn-v3.2",
        "moonshine-tiny-en",
        "whisper-tiny.en",
        "qwen2.5-coder-0.5b-instruct",
        "hibari-heart",
    }


@each_file
def test_every_file_is_pinned_and_stays_in_its_folder(file: WeightFile) -> None:
    assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert file.size > 0
    path = PurePosixPath(file.path)
    assert not path.is_absolute()
    assert ".." not in path.parts


def test_every_file_has_a_place() -> None:
    for weights, file in FILES:
        assert bool(file.places) is not bool(weights.installed), (weights.name, file.path)


def test_hub_places_name_one_commit() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", place.revision) for place in PLACES if isinstance(place, HubFile))


def test_packages_are_pinned_for_the_client_that_reads_the_pin() -> None:
    archives = {part.archive for place in PLACES if isinstance(place, Packages) for part in place.parts}
    assert archives
    for archive in archives:
        assert re.fullmatch("[0-9a-f]{64}", archive.sha256)
        assert archive.size > 0
        assert archive.client == ("pip" if "==" in archive.pin else "npm")


def test_parts_are_joined_in_the_order_of_their_numbers() -> None:
    joined = [place.parts for place in PLACES if isinstance(place, Packages) and len(place.parts) > 1]
    assert len(joined) == 4
    for parts in joined:
        numbers = [int(re.findall(r"(\d+)==", part.archive.pin)[0]) for part in parts]
        assert numbers == list(range(1, len(parts) + 1))


def test_a_set_nobody_knows_is_told_with_those_that_are() -> None:
    with pytest.raises(WeightsError, match=r"No weights are called 'gpt-9'; the known names are hibari-heart, .*"):
        read_manifest().named("gpt-9")


def test_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(TypeError, match="license"):
        parse_manifest('[sets.x]\npublisher="p"\nrevision="r"\nlicense="MIT"\ndefault=true\nfiles=[]')
