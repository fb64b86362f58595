from studio.providers.weights.progress import Tally


def test_files_of_all_sets_add_up() -> None:
    heard: list[tuple[int, int, str]] = []
    tally = Tally(30, lambda done, total, label: heard.append((done, total, label)))
    tally.file_size("ears", 4)
    tally.file_size("ears", 10)
    tally.file_done(10)
    tally.file_size("voice", 20)
    assert heard == [(4, 30, "ears"), (10, 30, "ears"), (30, 30, "voice")]
