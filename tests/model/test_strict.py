import pytest
from pydantic import ValidationError

from studio.model.strict import Strict


class Box(Strict):
    size: int


@pytest.mark.parametrize("content", [{"size": "3"}, {"size": 3, "colour": "red"}, {}])
def test_a_wrong_type_an_unknown_and_a_missing_key_are_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Box.model_validate(content)


def test_it_is_frozen() -> None:
    with pytest.raises(ValidationError):
        Box(size=3).size = 4
