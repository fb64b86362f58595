"""Words in, a sparse vector out: what the classifiers see of an utterance. English and Korean.

Pieces of words and whole words are hashed into a fixed number of places, so that there is no vocabulary to keep;
beside them stand a few traits that a person can read. Case and punctuation do not count: partial transcripts have
neither. Must not know what is classified.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""To be raised with every change of what comes out: weights of another version are refused."""
HASHED = 1 << 14
"""Places for pieces and words; after them comes one for each trait."""
_LONGEST = 600
"""Characters that are looked at; whoever says more has long been understood."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_HANGUL = re.compile(r"[가-힣]")

_PATTERNS = {
    "asks to compare": r"compar|differen|versus|\bvs\b|better|pros and cons|trade.?offs?|advantage|which (one|is|of)"
    r"|rather than|or (buy|lease|now|wait)|비교|차이|장단점|장점|나을|나아|유리|어느 쪽|둘 다",
    "asks to explain": r"explain|break down|walk me through|how come|analy[sz]e|in plain|설명|분석|알기 쉽게|풀어서|따져|차근차근",
    "asks why": r"\bwhy\b|reason|cause|what could be|왜|이유|원인|근거",
    "step by step": r"step by step|one by one|in the right order|단계|하나씩|순서",
    "asks for a plan": r"\bplan|strateg|organi[sz]e|schedule that|design|budget|suggest|propose|계획|일정을|전략|예산|제안|방법",
    "asks to write or sum up": r"\bwrite|draft|rewrite|summari[sz]e|prepare|translate|써 줘|써 줄|작성|요약|정리|번역",
    "asks to calculate": r"calculat|work out|how much would|add up|per ?cent|percent|\btotal|계산|퍼센트|얼마를|합계",
    "gives conditions": r"\bif\b|unless|given that|assuming|considering|provided|without|except|although|but only|"
    r"이면|라면|하면|는데|지만|경우|말고|빼고|유지",
    "asks how": r"^(um |uh |so )*how (do|does|can|should|is|would)\b|어떻게|어떡",
    "asks for a fact": r"^(what time|what's|what is|when|where|who|how (much|far|long|late|many|old|tall)|is |are |do you|"
    r"does )|몇 |언제|어디|얼마|누가|뭐예요|있어요|있나요|되나요",
    "social words": r"^(hi|hello|hey|good (morning|evening|afternoon)|thanks?|bye|goodbye)\b|안녕|여보세요|감사|고마",
    "yes": r"^(yes|yeah|yep|yup|sure|okay|ok|right|correct|exactly)\b|^(네|예|응|맞아|그래|좋아)",
    "no": r"^(no|nope|nah|not|never|don't)\b|^(아니|아뇨|싫|안 돼|됐어)",
    "wants a booking": r"\b(book|reserv|appointment|schedule|slot|sign (me|us) up|fit me in|put me down|a table|a room"
    r"|make an? )|예약|예매|진료|상담 (신청|예약)|접수|신청|등록|자리|빈 시간|잡아",
    "wants a change": r"\b(cancel|chang|reschedul|mov(e|ing) |postpone|instead|swap|switch|can't make it|won't be able"
    r"|stop my|call off|push|delay|earlier|later)|취소|변경|바꾸|바꿔|옮기|옮겨|미루|미뤄|해지|연기|탈퇴|못 갈|늦게",
    "did not hear": r"\b(repeat|say (that|it|the)|again|pardon|catch|didn't (hear|get)|couldn't hear|slow(er|ly)|louder"
    r"|rephrase|what did you|cut off|missed|spell)|다시|한 번 더|못 들|뭐라|천천히|크게|무슨 (말|뜻)|이해가 안|못 알아",
    "complains": r"\b(broken|terrible|awful|rude|dirty|wrong|cold|ridiculous|disappoint|unaccept|complain|still|never"
    r"|nobody|twice|again and again|charged|refund|leak|late|worst|waiting|doesn't work|not working|promised)"
    r"|고장|엉망|너무하|불만|불친절|실망|아직도|벌써|안 왔|안 돼요|안 되|더러|깨져|최악|화가|청구됐|틀려|기다렸|끊겼",
    "goes": r"\b(bye|goodbye|that's (all|it|everything)|have a (nice|good|great|lovely)|take care|see you|hang up|later"
    r"|talk (to you )?soon|good night|have to go|got to (go|run)|i'm off|done here)|끊|들어가세요|안녕히|그럼 이만|다음에|또 봐"
    r"|좋은 하루|수고하|이만",
    "speaks of you": r"\b(are|do|did|can|have|were) you\b|\byou('re| are| sound| seem| must)|\byour (name|voice|favou?rite)"
    r"|이름이|로봇|너는|너 |당신|목소리|사람이에요|몇 살",
    "speaks of me": r"\bi('m| am| feel| just| had| love| like| hate)\b|\bmy (day|dog|cat|kids|boss|birthday)|저는|나는|오늘|요즘",
    "wants something done": r"^(um |uh |so |okay |please )*(please|can you|could you|would you|i need|i want|i'd like|set|send"
    r"|find|tell|give|show|put|turn|call|connect|play|help|check|make|get|bring|read|add|remind|transfer|write|look)\b"
    r"|(해|아|어|켜|꺼|줘|보내|찾아|알려|연결해|틀어) ?(줘|주세요|줄래요|주실)",
    "asks": r"^(um |uh |so )*(what|when|where|who|why|which|how|is|are|do|does|did|can i|could i|may i|should|will)\b"
    r"|(나요|까요|가요|어요|예요|에요|죠|니까|지)$",
    "has numbers": r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand)\b"
    r"|(한|두|세|네|다섯|여섯|일곱|여덟|아홉|열) ?(명|시|개|건|번)",
}
_COUNTED = {
    "one word": (0, 1),
    "few words": (2, 4),
    "a short sentence": (5, 9),
    "a sentence": (10, 17),
    "a long sentence": (18, 29),
    "very many words": (30, 10_000),
}
_JOINING = re.compile(r"\b(and|but|or|so|because|while|although|then|which)\b|그리고|하고|이랑|랑 |는데|지만|고 |면서")
_JOINED = {"joins two parts": (1, 1), "joins many parts": (2, 3), "joins very many parts": (4, 10_000)}
TRAITS = (*_PATTERNS, *_COUNTED, *_JOINED, "Korean")
"""What a person can read; their places come after the hashed ones, in this order."""
SIZE = HASHED + len(TRAITS)

_TRAIT = {name: HASHED + place for place, name in enumerate(TRAITS)}
_COMPILED = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_KOREAN_WORTH = 2.2
"""A Korean word says about as much as two English ones."""


@dataclass(frozen=True, slots=True)
class Features:
    """A sparse vector: each place once, with its value. The hashed part has length 1."""

    places: NDArray[np.int32]
    values: NDArray[np.float32]


def plain(text: str) -> list[str]:
    """The words, in small letters and without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFC", text[:_LONGEST]).lower().replace("’", "'"))


def korean(text: str) -> bool:
    """Whether it is in Korean."""
    return _HANGUL.search(text) is not None


def features(text: str) -> Features:
    """What the classifiers see of `text`."""
    words = plain(text)
    counts: dict[int, float] = {}
    for place in hashed(words):
        counts[place] = counts.get(place, 0.0) + 1.0
    there = [_TRAIT[name] for name in traits(words)]
    values = np.sqrt(np.fromiter(counts.values(), np.float32, len(counts)))
    length = float(np.sqrt(np.sum(values * values))) or 1.0
    return Features(
        np.array([*counts, *there], np.int32),
        np.concatenate([values / np.float32(length), np.full(len(there), 0.5, np.float32)]),
    )


def hashed(words: list[str]) -> Iterator[int]:
    """The places of words, pairs of words, the first word, and the pieces of each."""
    if words:
        yield _place(f"^{words[0]}")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        yield from of_word(word)
        yield _place(f"{word} {following}")


def of_word(word: str) -> Iterator[int]:
    """The places of one word: it as a whole, and its pieces of up to four letters or three syllables."""
    yield _place(f"={word}")
    marked = f"<{word}>"
    for size in (1, 2, 3) if korean(word) else (3, 4):
        for start in range(len(marked) - size + 1):
            yield _place(marked[start : start + size])


def traits(words: list[str]) -> list[str]:
    """The names of what holds for these words."""
    text = " ".join(words)
    is_korean = korean(text)
    worth = round(len(words) * (_KOREAN_WORTH if is_korean else 1.0)) if len(words) > 1 else len(words)
    joins = len(_JOINING.findall(text))
    found = [name for name, pattern in _COMPILED.items() if pattern.search(text)]
    found += [name for name, (least, most) in _COUNTED.items() if least <= worth <= most]
    found += [name for name, (least, most) in _JOINED.items() if least <= joins <= most]
    return [*found, "Korean"] if is_korean else found


def trait_place(name: str) -> int:
    """Where a trait stands in the vector."""
    return _TRAIT[name]


def _place(piece: str) -> int:
    return crc32(piece.encode()) % HASHED
