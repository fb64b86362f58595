import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline.clauses import SPOKEN_ALONE, ClauseLengths, ClauseSplitter, streamed

TWO_WORDS, WORD_BY_WORD = streamed((2,)), streamed((1, 3))


def clauses_of(pieces: list[str], lengths: ClauseLengths = SPOKEN_ALONE) -> list[str]:
    splitter = ClauseSplitter(lengths)
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
        ("It takes 4 or 5 hours with 2 or 3 people.", ["It takes 4 or 5 hours", "with 2 or 3 people."]),
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


BREATHS = [
    # The first clause ends where a speaker takes a breath.
    ("I cannot book that today because we are closed.", ["I cannot book that today", "because we are closed."]),
    ("The table by the window which you like is free.", ["The table by the window", "which you like is free."]),
    ("You can pay in cash or by card.", ["You can pay in cash", "or by card."]),
    ("Sure. We have a lot of tables but none today.", ["Sure.", "We have a lot of tables but none today."]),
    (
        "Leider haben wir heute geschlossen weil Feiertag ist.",
        ["Leider haben wir heute geschlossen", "weil Feiertag ist."],
    ),
    ("오늘은 예약이 많이 있지만 내일은 됩니다.", ["오늘은 예약이 많이 있지만", "내일은 됩니다."]),
    ("지금 바로 확인하고 알려 드릴게요.", ["지금 바로 확인하고", "알려 드릴게요."]),
    ("The capital of Italy is Rome.", ["The capital of Italy", "is Rome."]),
    ("The Mona Lisa was painted by Leonardo.", ["The Mona Lisa", "was painted by Leonardo."]),
    # And nowhere else.
    ("The shop is open today.", ["The shop is open today."]),
    ("There are 7 days in a week.", ["There are 7 days in a week."]),
    ("Yes because it is.", ["Yes because it is."]),
    ("It is an android phone.", ["It is an android phone."]),
    ("You should ask Mr. Marks and Mr. Spencer.", ["You should ask Mr. Marks and Mr. Spencer."]),
    ("That will be one hundred and five dollars.", ["That will be one hundred and five dollars."]),
    ("It is open between nine and noon.", ["It is open between nine and noon."]),
    ("We still have rooms 4 and 5 free.", ["We still have rooms 4 and 5 free."]),
    ('He said "I will come with you today" then.', ['He said "I will come with you today" then.']),
    ("We are here (by the old bridge and mill) today.", ["We are here (by the old bridge and mill) today."]),
    ("우리는 지금 그 학교에서 공부해요.", ["우리는 지금 그 학교에서 공부해요."]),
    ("그 가게의 가장 최고 메뉴예요.", ["그 가게의 가장 최고 메뉴예요."]),
]
OPENINGS = [
    # Two words, or the first mark.
    ("The capital of Italy is Rome. Yes.", ["The capital", "of Italy is Rome.", "Yes."]),
    ("Sure, I can do that.", ["Sure,", "I can do that."]),
    ("Well then, let us see it now, please.", ["Well then,", "let us see it now,", "please."]),
    ("Rome.", ["Rome."]),
    ("네, 오늘 날씨는 아주 맑고, 따뜻해요.", ["네,", "오늘 날씨는 아주 맑고,", "따뜻해요."]),
    ("오늘 날씨는 맑아요.", ["오늘 날씨는", "맑아요."]),
    ("下雨的时候，你应该穿雨衣。", ["下雨的时候，", "你应该穿雨衣。"]),
    ("はい、雨の日は傘をどうぞ。", ["はい、", "雨の日は傘をどうぞ。"]),
    ("Das Wetter ist schön.", ["Das Wetter", "ist schön."]),
    ("**The capital** of Italy", ["**The capital**", "of Italy"]),
    # But not within what belongs together.
    ("It costs $5 million now.", ["It costs", "$5 million now."]),
    ("About 10 a.m. it opens.", ["About 10 a.m. it", "opens."]),
    ("Ask Dr. Smith about it.", ["Ask Dr. Smith", "about it."]),
    ("Take $ 5 with you.", ["Take $ 5 with", "you."]),
    ("Call 010 1234 5678 now.", ["Call 010 1234 5678 now."]),
    ("- Milk and bread", ["- Milk and", "bread"]),
    ("See www.example.com/a?b=1, please.", ["See www.example.com/a?b=1,", "please."]),
]
WHOLES = [
    "On March 3, 2026 we met.",
    "Version 2.0.1 is here.",
    "Write to jo.smith@example.com now.",
    "It is No. 5 on the list.",
    "Am 3. Oktober ist Feiertag.",
    "Im 19. Jahrhundert war das so.",
    "Das macht 1.234,56 Euro.",
    "Call +1 (555) 123-4567 now.",
    "Use v1.2 of Node.js now.",
    "Er kommt z. B. morgen.",
    "价格是1，000元",
]


@pytest.mark.parametrize(("text", "clauses"), BREATHS)
def test_a_first_clause_that_is_spoken_alone_ends_at_a_breath(text: str, clauses: list[str]) -> None:
    assert clauses_of([text]) == clauses
    assert clauses_of(list(text)) == clauses, "however it comes"


@pytest.mark.parametrize(("text", "clauses"), OPENINGS)
def test_the_first_words_of_a_streamed_reply_come_at_once(text: str, clauses: list[str]) -> None:
    assert clauses_of([text], TWO_WORDS) == clauses
    assert clauses_of(list(text), TWO_WORDS) == clauses


@pytest.mark.parametrize("text", WHOLES)
def test_what_belongs_together_is_not_cut(text: str) -> None:
    assert clauses_of([text]) == [text]
    assert clauses_of(list(text)) == [text]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("**Bold.** And _so._ Yes.", ["**Bold.**", "And _so._", "Yes."]),
        ("# Title\nText it is.", ["# Title", "Text it is."]),
        ("**1.** Milk\n**2.** Bread", ["**1.** Milk", "**2.** Bread"]),
        ("Great! 😀 Let us go. 👍", ["Great!", "😀 Let us go.", "👍"]),
        ("좋아요.그럼 시작할게요. 네.", ["좋아요.", "그럼 시작할게요.", "네."]),
        ("你好,今天天气怎么样?很好!", ["你好,今天天气怎么样?", "很好!"]),
        ("Es sind 3. Das ist gut.", ["Es sind 3.", "Das ist gut."]),
        ("No. 5 is open. No. It is not.", ["No. 5 is open.", "No.", "It is not."]),
        ("예약은 3명, 5시입니다.", ["예약은 3명, 5시입니다."]),
    ],
)
def test_marks_of_other_kinds(text: str, clauses: list[str]) -> None:
    assert clauses_of([text]) == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("The capital of Italy is Rome. Yes.", ["The", "capital of Italy", "is Rome.", "Yes."]),
        ("Sure. What would you like instead? This.", ["Sure.", "What would you", "like instead?", "This."]),
        ("A spider has eight legs.", ["A spider", "has eight legs."]),
        ("It costs $5 million each year.", ["It", "costs $5 million", "each year."]),
        ("네 알겠습니다.", ["네", "알겠습니다."]),
        ("Yes.", ["Yes."]),
    ],
)
def test_a_voice_that_knows_that_more_comes_begins_with_a_word(text: str, clauses: list[str]) -> None:
    assert clauses_of([text], WORD_BY_WORD) == clauses
    assert clauses_of(list(text), WORD_BY_WORD) == clauses


def test_an_opening_waits_for_no_more_than_the_space_after_it() -> None:
    splitter = ClauseSplitter(TWO_WORDS)
    assert splitter.push("The") == []
    assert splitter.push(" capital") == []
    assert splitter.push(" of") == ["The capital"]
    assert splitter.push(" Italy. ") == ["of Italy."]


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


profiles = st.sampled_from([SPOKEN_ALONE, TWO_WORDS, WORD_BY_WORD])


@given(pieces(), profiles)
def test_nothing_is_lost_added_or_reordered(split: list[str], lengths: ClauseLengths) -> None:
    clauses = clauses_of(split, lengths)
    assert "".join("".join(clauses).split()) == "".join("".join(split).split())
    assert all(clause and clause == clause.strip() for clause in clauses)


words = st.sampled_from([
    "a", "I", "word", "Dr.", "3.5", "1,000", "well,", "end.", "So?", "Yes!", '"Stop."', "e.g.", "7:30", "and",
    "because", "4", "3.", "No.", "없지만", "네,", "$5", "https://a.b/c?d", "你好。", "是，", "**so**", "(with", "it)",
])  # fmt: skip
prose = st.lists(words, max_size=40).map(" ".join)


@given(pieces(prose), profiles)
def test_clauses_do_not_depend_on_how_the_text_came(split: list[str], lengths: ClauseLengths) -> None:
    """True of prose wherever it is split but between a mark and what closes it or goes on with it.

    A clause is not held back to see whether a quotation mark follows its end: that would cost a token's time.
    """
    text = "".join(split)
    inside = {len("".join(split[:index])) for index in range(1, len(split))}
    if not any(0 < at < len(text) and text[at - 1] in ",:?!.。，" and not text[at].isspace() for at in inside):
        assert clauses_of(split, lengths) == clauses_of([text], lengths)


@given(prose, profiles)
def test_clauses_of_text_that_comes_word_by_word(text: str, lengths: ClauseLengths) -> None:
    assert clauses_of(re.findall(r"\s*\S+", text), lengths) == clauses_of([text], lengths)
