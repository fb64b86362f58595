"""What words alone say of a turn: whether they are finished, claim the floor, or are the same as others.

English and Korean; other languages simply say nothing here. Pure text; knows no sound, no timers and no state.
"""

import re
import unicodedata
from itertools import takewhile


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_BACKCHANNELS = _words(
    """
    mm mhm mmhm mmhmm hm hmm mmm uh-huh uhhuh huh yeah yep yup yes ok okay right sure ah aha oh ooh wow i see got it
    uh um er eh cool great nice good exactly really true
    네 네네 넵 예 응 음 어 아 오 그래 그래요 그렇죠 그렇군요 그렇구나 맞아 맞아요 아하 으음 흠 좋아요 진짜 정말
    """
)
"""Words of a listener, each on its own or several in a row."""
_MOST_BACKCHANNEL_WORDS = 3

_UNFINISHED = _words(
    """
    and or but because if when while which who whose where than although unless until since as
    the a an this these those my your his its our their some every
    of to with for from by about into between without
    is are was were am be been will would can could should shall may might must does did has had
    i he she it's i'm i'd i'll i've let's
    um uh er erm hmm well maybe just also very really quite
    그리고 그래서 그런데 근데 그러면 그럼 하지만 또 또는 혹은 왜냐하면 만약 만일 음 어 저 저기 그 이 그게 뭐 약간 좀
    제 내 우리
    """
)
"""A turn seldom ends with one of these."""
_COMPLETE = _words(
    """
    thanks thank-you goodbye bye hello hi yes no yeah nope please okay ok correct
    네 예 아니요 아니오 감사합니다 고맙습니다 안녕하세요 안녕히계세요 여보세요
    """
)
_HESITATION = _words("um uh er erm hmm 음 어 저 저기 그게")

_KOREAN_GOES_ON = tuple(
    _words(
        "는데 은데 인데 지만 니까 면 고 면서 다가 거나 든지 해서 아서 어서 라서 도록 느라 에서 한테 까지 부터 으로 에게"
    )
)
"""Connective endings and particles."""
_KOREAN_PARTICLES = ("은", "는", "을", "를", "의", "와", "과")
_KOREAN_EITHER = ("데요", "거든요", *"어아야해줘래게라")
"""Politely left open, or casual: ends a turn as well as it goes on."""
_KOREAN_ENDS = ("요", "니다", "니까", "습니까", "까", "죠", "세요", "어라", "자", "다", "네", "지")

_DIGITS = _words(
    """
    zero oh one two three four five six seven eight nine ten double triple
    영 공 일 이 삼 사 오 육 칠 팔 구 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉
    """
)
_COUNTED = re.compile(r"number|phone|code|card|account|zip|postal|번호|전화|코드|카드|계좌|우편")
"""What is told digit by digit."""
_SPELLED = 3
"""So many digits in a row are told one by one, whatever they are of."""
_ALL_DIGITS = 7
"""Fewer are not yet a phone, card or account number."""

UNFINISHED, HESITATING, NO_ENDING, COMPLETE = -4.0, -5.0, -1.5, 1.0
"""In logits: the odds that the turn is over shrink to a 55th, a 150th, a fourth, or grow to nearly three times.

`NO_ENDING` is for Korean, whose sentences end with a verb's ending: without one there may be more to come.
"""


def tokens(text: str) -> list[str]:
    """The words of a text, in lower case, without marks."""
    return _TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def normalised(text: str) -> str:
    """The text as it sounds: two transcripts that differ only in case, marks and spaces are the same."""
    return " ".join(tokens(text))


def is_backchannel(text: str) -> bool:
    """Whether this is what a listener says; False for no words at all."""
    said = tokens(text.replace("-", ""))
    return bool(said) and len(said) <= _MOST_BACKCHANNEL_WORDS and all(word in _BACKCHANNELS for word in said)


def count(text: str) -> int:
    """How many words there are."""
    return len(tokens(text))


def cue(text: str) -> float:
    """What the words so far say about the end of the turn, in logits; 0 where they say nothing."""
    said = tokens(text)
    if not said:
        return 0.0
    last = said[-1]
    if last in _HESITATION or text.rstrip().endswith(("...", "…")):
        return HESITATING
    if _counting(said, text):
        return UNFINISHED
    if len(said) == 1 and last in _COMPLETE:
        return COMPLETE
    if text.rstrip().endswith(("?", "？")):
        return COMPLETE
    if last in _UNFINISHED or text.rstrip().endswith((",", "，", "、", ":", "-")):
        return UNFINISHED
    return _korean(last)


def _korean(last: str) -> float:
    if not "가" <= last[-1] <= "힣":
        return 0.0
    if last.endswith(_KOREAN_GOES_ON) and not last.endswith(("습니까", "입니까")):
        return UNFINISHED
    if last.endswith(_KOREAN_EITHER):
        return 0.0
    if last.endswith(_KOREAN_ENDS):
        return COMPLETE
    return UNFINISHED if last.endswith(_KOREAN_PARTICLES) and len(last) > 1 else NO_ENDING


def _counting(said: list[str], text: str) -> bool:
    """Whether a number is being told digit by digit and is not complete."""
    told = list(takewhile(lambda word: word.isdigit() or word in _DIGITS, reversed(said)))
    digits = sum(len(word) if word.isdigit() else 1 for word in told)
    return 0 < digits < _ALL_DIGITS and (len(told) >= _SPELLED or _COUNTED.search(text.lower()) is not None)
