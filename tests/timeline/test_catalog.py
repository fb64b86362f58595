from studio.timeline.catalog import LANES, LaneName, Size


def test_every_lane_is_there_once_and_starts_empty() -> None:
    assert [entry.name for entry in LANES] == list(LaneName)
    for entry in LANES:
        for mark in entry.make().marks():
            assert getattr(mark, "starts", ()) is not None
            assert len(getattr(mark, "starts", ())) == 0


def test_lanes_do_not_share_anything() -> None:
    assert all(entry.make() is not entry.make() for entry in LANES)


def test_what_has_no_room_of_its_own_comes_last() -> None:
    sizes = [entry.size for entry in LANES]
    assert Size.OVERLAY not in sizes[: sizes.index(Size.OVERLAY)]
    assert sizes[-1] is Size.OVERLAY
