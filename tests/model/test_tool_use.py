import pytest

from studio.model.time import Instant
from studio.model.tool_use import ToolUse, waits


def use(asked: int, answered: int | None) -> ToolUse:
    return ToolUse("look_up", Instant(asked), None if answered is None else Instant(answered))


def test_an_answer_takes_from_the_question_to_it() -> None:
    assert use(10, 25).length == 15
    assert use(10, None).length is None


@pytest.mark.parametrize(
    ("uses", "clause", "waited"),
    [
        ([], 50, []),
        ([use(10, 20)], None, []),
        ([use(10, 20)], 50, [(10, 20)]),
        ([use(10, 20), use(10, 30)], 50, [(10, 30)]),  # side by side
        ([use(30, 40), use(10, 20)], 50, [(10, 20), (30, 40)]),
        ([use(10, None)], 50, [(10, 50)]),
        ([use(10, 70)], 50, [(10, 50)]),
        ([use(60, 70)], 50, []),
    ],
)
def test_the_first_clause_waits_for_what_was_asked_before_it(
    uses: list[ToolUse], clause: int | None, waited: list[tuple[int, int]]
) -> None:
    assert waits(uses, None if clause is None else Instant(clause)) == waited
