import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline.clauses import ClauseSplitter


def clauses_of(pieces: list[str]) -> list[str]:
    splitter = ClauseSplitter()
    clauses = [clause for piece in pieces for clause in splitter.push(piece)]
    rest = splitter.flush()
    return [*clauses, rest] if rest is not None else clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("  \n ", []),
        ("Hello", ["Hello"]),
        ("Hello. How are you?", ["Hello.", "How are you?"]),
        # The first clause ends early, for its end is waited for; later ones are sentences.
        ("Well, I see, yes, it is so. Well, I see, yes.", ["Well, I see,", "yes, it is so.", "Well, I see, yes."]),
        ("Yes: one two three four, five.", ["Yes: one two three four,", "five."]),
        ("Sure. One, two, three, four.", ["Sure.", "One, two, three, four."]),
        (
            "Sure. One two three four five six seven eight nine ten eleven twelve, thirteen.",
            ["Sure.", "One two three four five six seven eight nine ten eleven twelve,", "thirteen."],
        ),
        # The first one may end where a speaker takes a breath, later ones may not.
        ("You should wear a raincoat and boots. Yes.", ["You should wear a raincoat", "and boots.", "Yes."]),
        ("It is late and dark and cold out there.", ["It is late and dark", "and cold out there."]),
        ("Say it is andante music now. Yes.", ["Say it is andante music now.", "Yes."]),
        ("It takes 4 or 5 hours for 2 or 3 people.", ["It takes 4 or 5 hours", "for 2 or 3 people."]),
        ("Yes. You should wear a raincoat and boots.", ["Yes.", "You should wear a raincoat and boots."]),
        ("오늘은 날씨가 맑은데 바람이 많이 불어요.", ["오늘은 날씨가 맑은데", "바람이 많이 불어요."]),
        # Points that end nothing.
        ("Dr. Smith met Mr. and Mrs. Jones. They talked.", ["Dr. Smith met Mr. and Mrs. Jones.", "They talked."]),
        ("At 9 a.m. it opens. At 5 p.m. it closes.", ["At 9 a.m. it opens.", "At 5 p.m. it closes."]),
        ("It is 3.5 metres. Yes.", ["It is 3.5 metres.", "Yes."]),
        ("It costs about 1,000 dollars. Yes.", ["It costs about 1,000 dollars.", "Yes."]),
        ("Come to us at 7:30 tonight. Yes.", ["Come to us at 7:30 tonight.", "Yes."]),
        ("See https://example.com/a?b=c.d, please. Yes.", ["See https://example.com/a?b=c.d,", "please.", "Yes."]),
        ("J. R. Tolkien wrote it. Yes.", ["J. R. Tolkien wrote it.", "Yes."]),
        ("So do I. Good.", ["So do I.", "Good."]),
        ("No. It is dry.", ["No.", "It is dry."]),
        ("Wait... what? Yes!", ["Wait...", "what?", "Yes!"]),
        ("Wait… what?! Yes!", ["Wait…", "what?!", "Yes!"]),
        ("... and so on. Yes.", ["... and so on.", "Yes."]),
        # Quotes and brackets belong to the sentence they close.
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("It is so (I think.) Good.", ["It is so (I think.)", "Good."]),
        ("“Really?” “Yes!”", ["“Really?”", "“Yes!”"]),
        # Lists: a line is a clause; a number before an item is none.
        ("1. Buy milk\n2. Buy bread", ["1. Buy milk", "2. Buy bread"]),
        ("Take:\n- milk\n- bread\n", ["Take:", "- milk", "- bread"]),
        # Korean, Japanese and Chinese.
        ("안녕하세요. 무엇을 도와드릴까요? 네!", ["안녕하세요.", "무엇을 도와드릴까요?", "네!"]),
        ("네, 오늘 날씨는 아주 맑고, 따뜻해요.", ["네, 오늘 날씨는 아주 맑고,", "따뜻해요."]),
        ("こんにちは。お元気ですか？はい！", ["こんにちは。", "お元気ですか？", "はい！"]),
        ("彼は「そうです。」と言った。", ["彼は「そうです。」", "と言った。"]),
        ("你好。你今天怎么样？", ["你好。", "你今天怎么样？"]),
        ("下雨的时候，你应该穿雨衣。", ["下雨的时候，", "你应该穿雨衣。"]),
        ("はい、雨の日は、傘をどうぞ。", ["はい、雨の日は、", "傘をどうぞ。"]),
    ],
)
def test_clauses(text: str, clauses: list[str]) -> None:
    assert clauses_of([text]) == clauses
    words = re.findall(r"\s*\S+|\s+$", text)
    assert clauses_of(words) == clauses, "as a language model streams it: the space before each word"


def test_a_clause_comes_as_soon_as_it_is_certain() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("It is three") == []
    assert splitter.push(",") == ["It is three,"]
    assert splitter.push(" and 4,") == []
    assert splitter.push("000. Is it?") == ["and 4,000.", "Is it?"]
    assert splitter.push(" Good.") == []  # might become "Good.example"
    assert splitter.push(" ") == ["Good."]
    assert splitter.flush() is None


def test_a_number_may_go_on() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("It costs about 1,") == []
    assert splitter.push("000 dollars,") == ["It costs about 1,000 dollars,"]


texts = st.text(st.sampled_from(list('ab 1.,?!:;"\n…)I。다』')) | st.characters(exclude_categories=["Cs"]), max_size=80)


@st.composite
def pieces(draw: st.DrawFn, source: st.SearchStrategy[str] = texts) -> list[str]:
    text = draw(source)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(pieces())
def test_nothing_is_lost_added_or_reordered(split: list[str]) -> None:
    clauses = clauses_of(split)
    assert "".join("".join(clauses).split()) == "".join("".join(split).split())
    assert all(clause and clause == clause.strip() for clause in clauses)


words = st.sampled_from(
    ["a", "I", "word", "Dr.", "3.5", "1,000", "well,", "end.", "So?", "Yes!", '"Stop."', "e.g.", "7:30"]
)
prose = st.lists(words, max_size=40).map(" ".join)


@given(pieces(prose), st.data())
def test_clauses_do_not_depend_on_how_the_text_came(split: list[str], data: st.DataObject) -> None:
    """True of prose wherever it is split but between a mark and what closes it or goes on with it.

    A clause is not held back to see whether a quotation mark follows its end: that would cost a token's time.
    """
    text = "".join(split)
    inside = {len("".join(split[:index])) for index in range(1, len(split))}
    if not any(0 < at < len(text) and text[at - 1] in ",:?!." and not text[at].isspace() for at in inside):
        assert clauses_of(split) == clauses_of([text])


@given(prose)
def test_clauses_of_text_that_comes_word_by_word(text: str) -> None:
    assert clauses_of(re.findall(r"\s*\S+", text)) == clauses_of([text])
