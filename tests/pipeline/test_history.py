import itertools

from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import Message
from studio.pipeline.history import History

LIMIT = 500


def test_is_what_was_said() -> None:
    history = History("Be brief.", LIMIT)
    history.add(Message("user", "Hello."))
    history.add(Message("assistant", "Hi."))
    assert [message.text for message in history.messages] == ["Be brief.", "Hello.", "Hi."]
    assert [message.text for message in history.asking("Bye.")] == ["Be brief.", "Hello.", "Hi.", "Bye."]


@given(st.lists(st.integers(1, 300), max_size=60))
def test_keeps_the_persona_and_the_newest_within_the_limit(lengths: list[int]) -> None:
    history = History("Be brief.", LIMIT)
    said = []
    for index, length in enumerate(lengths):
        said.append(Message("assistant" if index % 2 else "user", "x" * length))
        history.add(said[-1])
        persona, *kept = history.messages
        assert persona == Message("system", "Be brief.")
        assert kept == said[len(said) - len(kept) :]
        assert kept[-1] == said[-1]
        assert sum(len(message.text) for message in kept) <= LIMIT or len(kept) == 1


def test_forgets_rarely_so_that_the_beginning_stays_the_same() -> None:
    history, beginnings = History("Be brief.", LIMIT), []
    for index in range(100):
        history.add(Message("assistant" if index % 2 else "user", f"{index:50}"))
        beginnings.append(history.messages[1])
    changes = sum(before != after for before, after in itertools.pairwise(beginnings))
    assert changes <= 100 / (LIMIT / 2 / 50)
    assert all(beginning.role == "user" for beginning in beginnings)
