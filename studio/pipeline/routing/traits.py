"""What a person could say about the words of an utterance: that they ask why, compare, give conditions, are few.

Each is a pattern or a count, for English and Korean; a classifier weighs them, and a reason names them. They are
signs, not rules: none decides anything alone. Must not know what is classified.
"""

import re

_PATTERNS = {
    "asks to compare": r""
    r"compar|differen|versus|\bvs\b|better|pros and cons|trade.?offs?|advantage|which (one|is|of)|rather than|"
    r"or (buy|lease|now|wait)|비교|차이|장단점|장점|나을|나아|유리|어느 쪽|둘 다",
    "asks to explain": r""
    r"explain|break down|walk me through|how come|analy[sz]e|in plain|설명|분석|알기 쉽게|풀어서|따져|차근차근",
    "asks why": r"\bwhy\b|reason|cause|what could be|왜|이유|원인|근거",
    "step by step": r"step by step|one by one|in the right order|단계|하나씩|순서",
    "asks for a plan": r""
    r"\bplan (my|a|our|the|for)\b|a plan\b|strateg|organi[sz]e|schedule that|design|budget|suggest|propose|"
    r"계획|일정을|전략|예산|제안|방법",
    "asks to write or sum up": r""
    r"\bwrite|draft|rewrite|summari[sz]e|prepare|translate|써 줘|써 줄|작성|요약|정리|번역",
    "asks to calculate": r""
    r"calculat|work out|how much would|add up|per ?cent|percent|\btotal|계산|퍼센트|얼마를|합계",
    "gives conditions": r""
    r"\bif\b|unless|given that|assuming|considering|provided|without|except|although|but only|이면|라면|하면|"
    r"는데|지만|경우|말고|빼고|유지",
    "asks how": r"^(um |uh |so )*how (do|does|can|should|is|would)\b|어떻게|어떡",
    "asks for a fact": r""
    r"^(what time|what's|what is|when|where|who|how (much|far|long|late|many|old|tall)|is |are |do you|does )|"
    r"몇 |언제|어디|얼마|누가|뭐예요|있어요|있나요|되나요",
    "social words": r""
    r"^(hi|hello|hey|good (morning|evening|afternoon)|thanks?|bye|goodbye)\b|안녕|여보세요|감사|고마",
    "yes": r"^(yes|yeah|yep|yup|sure|okay|ok|right|correct|exactly)\b|^(네|예|응|맞아|그래|좋아)",
    "no": r"^(no|nope|nah|not|never|don't)\b|^(아니|아뇨|싫|안 돼|됐어)",
    "wants a booking": r""
    r"\b(book|reserv|appointment|schedule|slot|sign (me|us) up|fit me in|put me down|a table|a room|make an? )|"
    r"예약|예매|진료|상담 (신청|예약)|접수|신청|등록|자리|빈 시간|잡아",
    "wants a change": r""
    r"\b(cancel|chang|reschedul|mov(e|ing) |postpone|instead|swap|switch|can't make it|won't be able|stop my|"
    r"call off|push|delay|earlier|later)|취소|변경|바꾸|바꿔|옮기|옮겨|미루|미뤄|해지|연기|탈퇴|못 갈|늦게",
    "did not hear": r""
    r"\b(repeat|say (that|it|the)|again|pardon|catch|didn't (hear|get)|couldn't hear|slow(er|ly)|louder|"
    r"rephrase|what did you|cut off|missed|spell)|다시|한 번 더|못 들|뭐라|천천히|크게|무슨 (말|뜻)|이해가 안|"
    r"못 알아",
    "complains": r""
    r"\b(broken|terrible|awful|rude|dirty|wrong|cold|ridiculous|disappoint|unaccept|complain|still|never|"
    r"nobody|twice|again and again|charged|refund|leak|late|worst|waiting|doesn't work|not working|promised)|"
    r"고장|엉망|너무하|불만|불친절|실망|아직도|벌써|안 왔|안 돼요|안 되|더러|깨져|최악|화가|청구됐|틀려|기다렸|"
    r"끊겼",
    "goes": r"\b(bye|goodbye|that's (all|it|everything)|have a (nice|good|great|lovely)|take care|see you|hang up|"
    r"later|talk (to you )?soon|good night|have to go|got to (go|run)|i'm off|done here)|끊|들어가세요|안녕히|"
    r"그럼 이만|다음에|또 봐|좋은 하루|수고하|이만",
    "speaks of you": r""
    r"\b(are|do|did|can|have|were) you\b|\byou('re| are| sound| seem| must)|\byour (name|voice|favou?rite)|"
    r"이름이|로봇|너는|너 |당신|목소리|사람이에요|몇 살",
    "speaks of me": r""
    r"\bi('m| am| feel| just| had| love| like| hate)\b|\bmy (day|dog|cat|kids|boss|birthday)|저는|나는|오늘|"
    r"요즘",
    "wants something done": r""
    r"^(um |uh |so |okay |please )*(please|can you|could you|would you|i need|i want|i'd like|set|send|find|"
    r"tell|give|show|put|turn|call|connect|play|help|check|make|get|bring|read|add|remind|transfer|write|"
    r"look)\b|(해|아|어|켜|꺼|줘|보내|찾아|알려|연결해|틀어) ?(줘|주세요|줄래요|주실)",
    "asks": r""
    r"^(um |uh |so )*(what|when|where|who|why|which|how|is|are|do|does|did|can i|could i|may i|should|will)\b|"
    r"(나요|까요|가요|어요|예요|에요|죠|니까|지)$",
    "has numbers": r""
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand)\b|(한|두|세|네|다섯|"
    r"여섯|일곱|여덟|아홉|열) ?(명|시|개|건|번)",
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
"""Their names, in the order of their places."""

_COMPILED = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_KOREAN_WORTH = 2.2
"""A Korean word says about as much as two English ones."""


def traits(words: list[str], is_korean: bool) -> list[str]:
    """The names of what holds for these words, which are in small letters and without punctuation."""
    text = " ".join(words)
    worth = round(len(words) * _KOREAN_WORTH) if is_korean and len(words) > 1 else len(words)
    joins = len(_JOINING.findall(text))
    found = [name for name, pattern in _COMPILED.items() if pattern.search(text)]
    found += [name for name, (least, most) in _COUNTED.items() if least <= worth <= most]
    found += [name for name, (least, most) in _JOINED.items() if least <= joins <= most]
    return [*found, "Korean"] if is_korean else found
