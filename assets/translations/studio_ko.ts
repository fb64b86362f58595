<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko" sourcelanguage="en">
<context>
    <name>Activity</name>
    <message>
        <source>Ready</source>
        <translation>준비됨</translation>
    </message>
    <message>
        <source>Getting ready</source>
        <translation>준비하는 중</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>듣는 중</translation>
    </message>
    <message>
        <source>You are speaking</source>
        <translation>말하는 중 (나)</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>생각하는 중</translation>
    </message>
    <message>
        <source>Agent is speaking</source>
        <translation>에이전트가 말하는 중</translation>
    </message>
</context>
<context>
    <name>AgentPanel</name>
    <message>
        <source>Agent</source>
        <translation>에이전트</translation>
    </message>
</context>
<context>
    <name>Band</name>
    <message>
        <source>natural</source>
        <translation>자연스러움</translation>
    </message>
    <message>
        <source>unnatural</source>
        <translation>부자연스러움</translation>
    </message>
    <message>
        <source>people hang up</source>
        <translation>전화를 끊음</translation>
    </message>
    <message>
        <source>natural: up to {bound} ms</source>
        <translation>자연스러움: {bound} ms 이하</translation>
    </message>
    <message>
        <source>unnatural: over {bound} ms</source>
        <translation>부자연스러움: {bound} ms 초과</translation>
    </message>
    <message>
        <source>people hang up: over {bound} ms</source>
        <translation>전화를 끊음: {bound} ms 초과</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>Box</name>
    <message>
        <source>Mic</source>
        <translation>마이크</translation>
    </message>
    <message>
        <source>Voice activity</source>
        <translation>음성 감지</translation>
    </message>
    <message>
        <source>Transcription</source>
        <translation>받아쓰기</translation>
    </message>
    <message>
        <source>Turn detection</source>
        <translation>차례 판단</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>음성 합성</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>스피커</translation>
    </message>
</context>
<context>
    <name>Budget</name>
    <message>
        <source>Planned wait</source>
        <translation>예상 대기 시간</translation>
    </message>
    <message>
        <source>The time of a part is not known; the answer takes longer.</source>
        <translation>시간을 알 수 없는 단계가 있어 응답은 더 오래 걸립니다.</translation>
    </message>
    <message>
        <source>{cost} a minute</source>
        <translation>분당 {cost}</translation>
    </message>
    <message>
        <source>{stage}: price not known</source>
        <translation>{stage}: 가격을 알 수 없음</translation>
    </message>
    <message>
        <source>For a call of {minutes} minutes, {turns} turns a minute: the user talks {user}, the agent {agent}.</source>
        <translation>통화 {minutes}분, 분당 차례 {turns}번 기준: 사용자 {user}, 에이전트 {agent} 발화.</translation>
    </message>
</context>
<context>
    <name>Bug</name>
    <message>
        <source>The window made a mistake ({error}). The call goes on; please report it.</source>
        <translation>창에서 오류가 났습니다({error}). 통화는 계속됩니다. 이 오류를 알려 주세요.</translation>
    </message>
</context>
<context>
    <name>Cause</name>
    <message>
        <source>{total}: {parts}</source>
        <translation>{total}: {parts}</translation>
    </message>
    <message>
        <source>waited {time} for silence</source>
        <translation>침묵 대기 {time}</translation>
    </message>
    <message>
        <source>{time} turn detection</source>
        <translation>차례 판단 {time}</translation>
    </message>
    <message>
        <source>{time} transcription</source>
        <translation>받아쓰기 {time}</translation>
    </message>
    <message>
        <source>{time} routing</source>
        <translation>경로 선택 {time}</translation>
    </message>
    <message>
        <source>{time} LLM first token</source>
        <translation>LLM 첫 토큰 {time}</translation>
    </message>
    <message>
        <source>{time} tool call</source>
        <translation>도구 호출 {time}</translation>
    </message>
    <message>
        <source>waited {time} for the first clause</source>
        <translation>첫 구절 대기 {time}</translation>
    </message>
    <message>
        <source>{time} speech synthesis</source>
        <translation>음성 합성 {time}</translation>
    </message>
    <message>
        <source>{time} playout</source>
        <translation>재생 {time}</translation>
    </message>
    <message>
        <source>{time} unattributed</source>
        <translation>원인 미상 {time}</translation>
    </message>
</context>
<context>
    <name>DesignScreen</name>
    <message>
        <source>New agent</source>
        <translation>새 에이전트</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>에이전트</translation>
    </message>
    <message>
        <source>Deleted: {title}</source>
        <translation>삭제됨: {title}</translation>
    </message>
    <message>
        <source>Comes with the studio: an edit makes a copy</source>
        <translation>기본 제공: 고치면 사본이 만들어집니다</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>저장하는 중…</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>저장됨</translation>
    </message>
    <message>
        <source>The key works; {time} for the answer.</source>
        <translation>키가 작동합니다. 응답까지 {time}.</translation>
    </message>
</context>
<context>
    <name>Details</name>
    <message>
        <source>ended by the STT vendor</source>
        <translation>음성 인식 업체의 판단으로 끝남</translation>
    </message>
    <message>
        <source>ended after {time} of silence: surely over</source>
        <translation>침묵 {time} 뒤 종료: 확실히 끝남</translation>
    </message>
    <message>
        <source>ended after {time} of silence: not sure it was over</source>
        <translation>침묵 {time} 뒤 종료: 끝났는지 불확실</translation>
    </message>
    <message>
        <source>ended after {time} of silence: the words sounded unfinished</source>
        <translation>침묵 {time} 뒤 종료: 말이 덜 끝난 듯함</translation>
    </message>
    <message>
        <source>ended after {time} of silence: you pause within turns</source>
        <translation>침묵 {time} 뒤 종료: 말 중간에 쉬는 편</translation>
    </message>
    <message>
        <source>ended after {time} of silence: nothing had judged it</source>
        <translation>침묵 {time} 뒤 종료: 판정 없음</translation>
    </message>
    <message>
        <source>work ahead saved {time}</source>
        <translation>미리 처리해 줄인 시간: {time}</translation>
    </message>
    <message>
        <source>work ahead saved {time} (reply {reply})</source>
        <translation>미리 처리해 줄인 시간: {time} (답변 {reply})</translation>
    </message>
    <message>
        <source>thrown away: {count} begun, {tokens} tokens, {characters} characters of voice</source>
        <translation>버린 답변: {count}개, 토큰 {tokens}개, 음성 {characters}자</translation>
    </message>
    <message>
        <source>false interruptions: {count}</source>
        <translation>잘못 멈춤: {count}회</translation>
    </message>
</context>
<context>
    <name>DevicePanel</name>
    <message>
        <source>Demo caller</source>
        <translation>데모 발신자</translation>
    </message>
    <message>
        <source>instead of the microphone</source>
        <translation>마이크 대신 통화합니다</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>마이크</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>스피커</translation>
    </message>
</context>
<context>
    <name>DevicePicker</name>
    <message>
        <source>System default</source>
        <translation>시스템 기본값</translation>
    </message>
    <message>
        <source>{device} level</source>
        <translation>{device} 음량</translation>
    </message>
</context>
<context>
    <name>Draft</name>
    <message>
        <source>{title} (copy)</source>
        <translation>{title} (사본)</translation>
    </message>
    <message>
        <source>{title} (copy {number})</source>
        <translation>{title} (사본 {number})</translation>
    </message>
</context>
<context>
    <name>Eagerness</name>
    <message>
        <source>patient</source>
        <translation>느긋하게</translation>
    </message>
    <message>
        <source>eager</source>
        <translation>빠르게</translation>
    </message>
    <message>
        <source>Answers after {sure} when sure, {unsure} when not.</source>
        <translation>끝난 것이 확실하면 {sure}, 아니면 {unsure} 뒤에 답합니다.</translation>
    </message>
    <message>
        <source>very patient</source>
        <translation>아주 느긋함</translation>
    </message>
    <message>
        <source>rather patient</source>
        <translation>느긋한 편</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>보통</translation>
    </message>
    <message>
        <source>rather eager</source>
        <translation>빠른 편</translation>
    </message>
    <message>
        <source>very eager</source>
        <translation>아주 빠름</translation>
    </message>
</context>
<context>
    <name>Explanation</name>
    <message>
        <source>After this silence transcription and turn detection begin to work ahead.</source>
        <translation>이만큼 조용하면 받아쓰기와 차례 판단을 미리 시작합니다.</translation>
    </message>
    <message>
        <source>The turn ends after this silence whatever is known.</source>
        <translation>무엇이 확인되었든 이만큼 조용하면 차례가 끝납니다.</translation>
    </message>
    <message>
        <source>A pause that the vendor of the transcription takes for the end is one.</source>
        <translation>받아쓰기 업체가 끝으로 본 쉼에서 차례를 끝냅니다.</translation>
    </message>
    <message>
        <source>The user counts as speaking after this much speech.</source>
        <translation>이만큼 말소리가 들리면 사용자가 말하는 것으로 봅니다.</translation>
    </message>
    <message>
        <source>Who pauses within turns is waited for longer, once it was heard.</source>
        <translation>말하다가 쉬는 사용자인 것을 알게 되면 더 오래 기다립니다.</translation>
    </message>
    <message>
        <source>This much speech over the agent ends its reply; of mere mm-hm, twice as much.</source>
        <translation>에이전트가 말하는 동안 이만큼 말하면 답변을 끝냅니다. 맞장구뿐이면 두 배까지 기다립니다.</translation>
    </message>
    <message>
        <source>0: the agent pauses at the voice. Else it stops only when so many words are known.</source>
        <translation>0이면 목소리만 들려도 멈춥니다. 아니면 이만큼의 단어가 확인되어야 멈춥니다.</translation>
    </message>
    <message>
        <source>After this silence without words a paused agent goes on.</source>
        <translation>말없이 이만큼 조용하면 멈춘 에이전트가 이어서 말합니다.</translation>
    </message>
    <message>
        <source>Nobody can interrupt the agent&apos;s first message.</source>
        <translation>에이전트의 첫 메시지는 아무도 끊을 수 없습니다.</translation>
    </message>
    <message>
        <source>Patient waits long and cuts nobody off, eager answers as soon as it can. It moves what is under Advanced.</source>
        <translation>느긋하면 오래 기다려 말을 끊지 않고, 빠르면 되도록 바로 답합니다. ‘고급’에 있는 값을 함께 움직입니다.</translation>
    </message>
    <message>
        <source>From the words so far, on this computer, in less than a millisecond.</source>
        <translation>지금까지의 말에서, 이 컴퓨터에서, 1밀리초 안에 추측합니다.</translation>
    </message>
    <message>
        <source>What only users of this agent want: [{&quot;name&quot;: &quot;points&quot;, &quot;examples&quot;: [&quot;how many points&quot;, &quot;my points&quot;]}]</source>
        <translation>이 에이전트에만 있는 의도: [{&quot;name&quot;: &quot;points&quot;, &quot;examples&quot;: [&quot;포인트 얼마 있어요&quot;, &quot;포인트로 결제&quot;]}]</translation>
    </message>
    <message>
        <source>Said while a tool takes long: {&quot;booking&quot;: &quot;Let me look.&quot;} For others it is the usual one.</source>
        <translation>도구가 오래 걸릴 때 하는 말: {&quot;booking&quot;: &quot;확인해 볼게요.&quot;} 나머지 의도에는 평소의 말을 합니다.</translation>
    </message>
    <message>
        <source>Empty: the model above. How hard it is, is told on this computer.</source>
        <translation>비우면 위의 모델이 답합니다. 난이도는 이 컴퓨터에서 판단합니다.</translation>
    </message>
    <message>
        <source>Empty: the model above.</source>
        <translation>비우면 위의 모델이 답합니다.</translation>
    </message>
    <message>
        <source>Empty: the model above. It may be slower and better.</source>
        <translation>비우면 위의 모델이 답합니다. 더 느리고 더 나은 모델이어도 됩니다.</translation>
    </message>
    <message>
        <source>Whatever is asked.</source>
        <translation>무엇을 묻든 그렇게 봅니다.</translation>
    </message>
    <message>
        <source>Whatever the words are, once it is surely that: {&quot;complaint&quot;: &quot;complex&quot;}</source>
        <translation>그 의도가 확실하면 어떤 말이든 그렇게 봅니다: {&quot;complaint&quot;: &quot;complex&quot;}</translation>
    </message>
    <message>
        <source>The model begins before the turn is over. Thrown away when the user goes on: tokens are paid.</source>
        <translation>차례가 끝나기 전에 모델이 시작합니다. 사용자가 말을 이으면 버려지며 토큰 비용이 듭니다.</translation>
    </message>
    <message>
        <source>Sooner, but more often thrown away: more tokens are paid.</source>
        <translation>더 빠르지만 더 자주 버려져 토큰 비용이 늘어납니다.</translation>
    </message>
    <message>
        <source>The first clause is spoken ahead, unheard. Thrown away, its characters are paid.</source>
        <translation>첫 구절을 들리지 않게 미리 음성으로 만듭니다. 버려져도 글자 수만큼 비용이 듭니다.</translation>
    </message>
    <message>
        <source>Replies that may be begun for one turn.</source>
        <translation>한 차례에 미리 시작할 수 있는 답변 수입니다.</translation>
    </message>
    <message>
        <source>The turn ends after this silence when that is sure.</source>
        <translation>끝난 것이 확실하면 이만큼 조용한 뒤 차례가 끝납니다.</translation>
    </message>
    <message>
        <source>From this probability on the turn counts as surely over.</source>
        <translation>이 확률부터 차례가 확실히 끝난 것으로 봅니다.</translation>
    </message>
    <message>
        <source>The agent pauses after this much speech, and may go on.</source>
        <translation>이만큼 말소리가 들리면 에이전트가 멈추고, 이어서 말할 수도 있습니다.</translation>
    </message>
    <message>
        <source>How sure the voice detector must be that it hears speech.</source>
        <translation>말소리로 보는 확률의 기준입니다.</translation>
    </message>
    <message>
        <source>80 ms survive a busy two-core machine, 40 ms do not.</source>
        <translation>80 ms는 바쁜 2코어 컴퓨터에서도 끊기지 않지만 40 ms는 끊깁니다.</translation>
    </message>
    <message>
        <source>Unsteady speech is held back at most this long.</source>
        <translation>고르지 않은 음성을 최대 이만큼 늦춰 재생합니다.</translation>
    </message>
    <message>
        <source>Phrases that come up again are kept as sound on this computer.</source>
        <translation>다시 나오는 문구를 이 컴퓨터에 소리로 보관합니다.</translation>
    </message>
    <message>
        <source>The agent does not hear itself through the microphone.</source>
        <translation>에이전트가 마이크로 들어온 제 목소리를 듣지 않게 합니다.</translation>
    </message>
</context>
<context>
    <name>FallbackList</name>
    <message>
        <source>When it fails</source>
        <translation>실패하면</translation>
    </message>
    <message>
        <source>Who takes over in the middle of a call, in this order.</source>
        <translation>통화 중에 이 순서대로 이어받습니다.</translation>
    </message>
    <message>
        <source>Provider to take over</source>
        <translation>이어받을 제공자</translation>
    </message>
    <message>
        <source>provider/model</source>
        <translation>제공자/모델</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>추가</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>앞으로</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>뒤로</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>빼기</translation>
    </message>
</context>
<context>
    <name>FieldControl</name>
    <message>
        <source>as the provider likes</source>
        <translation>제공자 기본값</translation>
    </message>
    <message>
        <source>provider/model</source>
        <translation>제공자/모델</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>되돌리기</translation>
    </message>
    <message>
        <source>back to {value}</source>
        <translation>되돌리기: {value}</translation>
    </message>
    <message>
        <source>Write it as JSON, for example {&quot;name&quot;: &quot;value&quot;}.</source>
        <translation>JSON으로 쓰세요. 예: {&quot;name&quot;: &quot;value&quot;}</translation>
    </message>
</context>
<context>
    <name>Figure</name>
    <message>
        <source>{value} ms</source>
        <translation>{value} ms</translation>
    </message>
    <message>
        <source>{value} s</source>
        <translation>{value}초</translation>
    </message>
    <message>
        <source>Of {all} prompt tokens {read} came from the cache and {kept} were kept; saved: {money}</source>
        <translation>프롬프트 토큰 {all}개 중 {read}개는 캐시에서, {kept}개는 새로 보관, 절약 {money}</translation>
    </message>
    <message>
        <source>Of all that, for replies nobody heard: {money}</source>
        <translation>그중 들려주지 않은 답변에: {money}</translation>
    </message>
    <message>
        <source>No price is known for {names}</source>
        <translation>가격을 모름: {names}</translation>
    </message>
</context>
<context>
    <name>Gallery</name>
    <message>
        <source>Presets</source>
        <translation>프리셋</translation>
    </message>
    <message>
        <source>New preset</source>
        <translation>새 프리셋</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>복제</translation>
    </message>
    <message>
        <source>Rename (F2)</source>
        <translation>이름 바꾸기 (F2)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>Yours</source>
        <translation>내 프리셋</translation>
    </message>
    <message>
        <source>Come with the studio</source>
        <translation>기본 제공</translation>
    </message>
</context>
<context>
    <name>Heading</name>
    <message>
        <source>Work ahead</source>
        <translation>미리 작업하기</translation>
    </message>
    <message>
        <source>Interruptions</source>
        <translation>끼어들기</translation>
    </message>
    <message>
        <source>Models by difficulty</source>
        <translation>난이도별 모델</translation>
    </message>
    <message>
        <source>Intents</source>
        <translation>의도</translation>
    </message>
</context>
<context>
    <name>Health</name>
    <message>
        <source>ready</source>
        <translation>준비됨</translation>
    </message>
    <message>
        <source>key missing</source>
        <translation>키 없음</translation>
    </message>
    <message>
        <source>model retires soon</source>
        <translation>모델이 곧 종료됨</translation>
    </message>
    <message>
        <source>model retired</source>
        <translation>모델이 종료됨</translation>
    </message>
    <message>
        <source>closed for good</source>
        <translation>서비스 종료</translation>
    </message>
    <message>
        <source>a setting is wrong</source>
        <translation>설정이 잘못됨</translation>
    </message>
    <message>
        <source>looking</source>
        <translation>확인하는 중</translation>
    </message>
</context>
<context>
    <name>Insight</name>
    <message>
        <source>{model} answers: {level} ({reason})</source>
        <translation>답변 모델 {model}: {level} ({reason})</translation>
    </message>
    <message>
        <source>Intent: {name} ({share} sure)</source>
        <translation>의도: {name} (확신 {share})</translation>
    </message>
    <message>
        <source>guessed wrong before: {name}</source>
        <translation>먼저 한 추측은 틀림: {name}</translation>
    </message>
    <message>
        <source>guessed right {time} before the turn was over</source>
        <translation>차례가 끝나기 {time} 전에 맞힘</translation>
    </message>
    <message>
        <source>known {time} before the turn was over</source>
        <translation>차례가 끝나기 {time} 전에 앎</translation>
    </message>
    <message>
        <source>{share} sure</source>
        <translation>확신 {share}</translation>
    </message>
</context>
<context>
    <name>Intent</name>
    <message>
        <source>greeting</source>
        <translation>인사</translation>
    </message>
    <message>
        <source>farewell</source>
        <translation>작별</translation>
    </message>
    <message>
        <source>question</source>
        <translation>질문</translation>
    </message>
    <message>
        <source>request</source>
        <translation>요청</translation>
    </message>
    <message>
        <source>booking</source>
        <translation>예약</translation>
    </message>
    <message>
        <source>change</source>
        <translation>변경</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>긍정</translation>
    </message>
    <message>
        <source>no</source>
        <translation>부정</translation>
    </message>
    <message>
        <source>complaint</source>
        <translation>불만</translation>
    </message>
    <message>
        <source>small talk</source>
        <translation>잡담</translation>
    </message>
    <message>
        <source>repeat</source>
        <translation>다시 듣기</translation>
    </message>
</context>
<context>
    <name>Invitation</name>
    <message>
        <source>Talk to the agent</source>
        <translation>에이전트와 대화해 보세요</translation>
    </message>
    <message>
        <source>Press Space and speak. Every wait shows below while the agent answers.</source>
        <translation>스페이스 키를 누르고 말하세요. 답하는 동안의 모든 대기 시간이 아래에 나타납니다.</translation>
    </message>
    <message>
        <source>The agent is getting ready</source>
        <translation>에이전트를 준비하고 있습니다</translation>
    </message>
    <message>
        <source>The call begins by itself. What is loaded stays loaded.</source>
        <translation>준비되면 통화가 바로 시작됩니다. 한 번 불러온 모델은 계속 쓸 수 있습니다.</translation>
    </message>
    <message>
        <source>Go ahead, the agent is listening</source>
        <translation>말씀하세요. 듣고 있습니다</translation>
    </message>
    <message>
        <source>What you say appears here while you speak.</source>
        <translation>말하는 대로 여기에 글이 나타납니다.</translation>
    </message>
    <message>
        <source>No microphone? Let the demo caller talk</source>
        <translation>마이크가 없나요? 데모 발신자로 통화하기</translation>
    </message>
</context>
<context>
    <name>KeyBox</name>
    <message>
        <source>Key</source>
        <translation>키</translation>
    </message>
    <message>
        <source>Set key…</source>
        <translation>키 넣기…</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>확인</translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation>키 받기</translation>
    </message>
    <message>
        <source>looking</source>
        <translation>확인하는 중</translation>
    </message>
    <message>
        <source>in the environment</source>
        <translation>환경 변수에 있음</translation>
    </message>
    <message>
        <source>in this system&apos;s keyring</source>
        <translation>시스템 키링에 있음</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>없음</translation>
    </message>
    <message>
        <source>asking…</source>
        <translation>물어보는 중…</translation>
    </message>
</context>
<context>
    <name>KeyDialog</name>
    <message>
        <source>Key for {provider}</source>
        <translation>{provider} 키</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>보관</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation>키 받기</translation>
    </message>
    <message>
        <source>{name} is set in the environment, which comes before the keyring.</source>
        <translation>환경 변수 {name} 값이 이미 있으며, 키링보다 먼저 쓰입니다.</translation>
    </message>
    <message>
        <source>It is kept in this system&apos;s keyring as {name}: shown nowhere, and written into no preset.</source>
        <translation>시스템 키링에 {name} 이름으로 보관합니다. 화면에 다시 보이지 않고 프리셋에도 쓰지 않습니다.</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Design</source>
        <translation>설계</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>대화</translation>
    </message>
    <message>
        <source>Talk or stop</source>
        <translation>대화 시작 또는 정지</translation>
    </message>
    <message>
        <source>Silence the agent</source>
        <translation>에이전트 말 멈추기</translation>
    </message>
    <message>
        <source>Mute or unmute</source>
        <translation>음소거 또는 해제</translation>
    </message>
    <message>
        <source>Record or not</source>
        <translation>녹음 켜기 또는 끄기</translation>
    </message>
    <message>
        <source>Undo in Design</source>
        <translation>설계에서 실행 취소</translation>
    </message>
    <message>
        <source>Redo in Design</source>
        <translation>설계에서 다시 실행</translation>
    </message>
    <message>
        <source>Dark or light</source>
        <translation>어둡게 또는 밝게</translation>
    </message>
    <message>
        <source>Korean or English</source>
        <translation>한국어 또는 영어</translation>
    </message>
    <message>
        <source>Show the keys</source>
        <translation>단축키 보기</translation>
    </message>
</context>
<context>
    <name>KeysOverlay</name>
    <message>
        <source>Keys</source>
        <translation>단축키</translation>
    </message>
</context>
<context>
    <name>Lane</name>
    <message>
        <source>You</source>
        <translation>나</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>에이전트</translation>
    </message>
    <message>
        <source>Voice activity</source>
        <translation>음성 감지</translation>
    </message>
    <message>
        <source>Turn end</source>
        <translation>차례 끝 확률</translation>
    </message>
    <message>
        <source>Silence wait</source>
        <translation>침묵 대기</translation>
    </message>
    <message>
        <source>Turn detection</source>
        <translation>차례 판단</translation>
    </message>
    <message>
        <source>Transcription</source>
        <translation>받아쓰기</translation>
    </message>
    <message>
        <source>Intent, model</source>
        <translation>의도, 모델</translation>
    </message>
    <message>
        <source>Begun early</source>
        <translation>미리 시작</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>도구</translation>
    </message>
    <message>
        <source>Clause wait</source>
        <translation>구절 대기</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>음성 합성</translation>
    </message>
    <message>
        <source>Playout</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>Interruption</source>
        <translation>끼어들기</translation>
    </message>
</context>
<context>
    <name>Level</name>
    <message>
        <source>simple</source>
        <translation>단순</translation>
    </message>
    <message>
        <source>moderate</source>
        <translation>보통</translation>
    </message>
    <message>
        <source>complex</source>
        <translation>복잡</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>Peak level in decibels below full scale</source>
        <translation>최대 음량(dBFS)</translation>
    </message>
</context>
<context>
    <name>LiveStrip</name>
    <message>
        <source>Live timeline of the last 30 seconds</source>
        <translation>최근 30초 실시간 타임라인</translation>
    </message>
    <message>
        <source>now</source>
        <translation>지금</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds}초</translation>
    </message>
</context>
<context>
    <name>PersonaCard</name>
    <message>
        <source>Tools</source>
        <translation>도구</translation>
    </message>
    <message>
        <source>Who the agent is, and how it should talk.</source>
        <translation>에이전트가 누구이고 어떻게 말하는지 적으세요.</translation>
    </message>
    <message>
        <source>Empty: the user speaks first.</source>
        <translation>비워 두면 사용자가 먼저 말합니다.</translation>
    </message>
    <message>
        <source>None. They are written into the preset&apos;s file, under [tools].</source>
        <translation>없음. 프리셋 파일의 [tools]에 적습니다.</translation>
    </message>
</context>
<context>
    <name>Price</name>
    <message>
        <source>{price} a minute</source>
        <translation>분당 {price}</translation>
    </message>
    <message>
        <source>{price} for 1000 characters</source>
        <translation>1000자당 {price}</translation>
    </message>
    <message>
        <source>{price} for 1M tokens in</source>
        <translation>입력 100만 토큰당 {price}</translation>
    </message>
    <message>
        <source>{price} for 1M tokens out</source>
        <translation>출력 100만 토큰당 {price}</translation>
    </message>
    <message>
        <source>prices of {day}</source>
        <translation>{day} 가격</translation>
    </message>
</context>
<context>
    <name>Properties</name>
    <message>
        <source>Properties</source>
        <translation>속성</translation>
    </message>
    <message>
        <source>Which device it is, is chosen on the Talk screen.</source>
        <translation>장치는 대화 화면에서 고릅니다.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>고급</translation>
    </message>
</context>
<context>
    <name>ProviderBox</name>
    <message>
        <source>Provider</source>
        <translation>제공자</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>목소리</translation>
    </message>
    <message>
        <source>Server address</source>
        <translation>서버 주소</translation>
    </message>
    <message>
        <source>Ask the vendor for its voices</source>
        <translation>업체의 목소리 목록 새로 받기</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>이 컴퓨터</translation>
    </message>
    <message>
        <source>At a vendor&apos;s</source>
        <translation>업체 서버</translation>
    </message>
    <message>
        <source>Closed for good</source>
        <translation>서비스 종료</translation>
    </message>
    <message>
        <source>{title}: closed {day}</source>
        <translation>{title}: {day} 종료</translation>
    </message>
    <message>
        <source>many languages</source>
        <translation>여러 언어</translation>
    </message>
    <message>
        <source>{time} as published</source>
        <translation>공개 수치 {time}</translation>
    </message>
    <message>
        <source>{title} closed for good on {day}. Use instead:</source>
        <translation>{title} 서비스는 {day}에 끝났습니다. 대신 쓸 것:</translation>
    </message>
    <message>
        <source>{model} was retired on {day}.</source>
        <translation>{model} 모델은 {day}에 종료됐습니다.</translation>
    </message>
    <message>
        <source>{model} retires on {day}.</source>
        <translation>{model} 모델은 {day}에 종료됩니다.</translation>
    </message>
    <message>
        <source>{model} (retired {day})</source>
        <translation>{model} ({day} 종료됨)</translation>
    </message>
    <message>
        <source>{model} (retires {day})</source>
        <translation>{model} ({day} 종료)</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>asks to compare</source>
        <translation>비교를 요청</translation>
    </message>
    <message>
        <source>asks to explain</source>
        <translation>설명을 요청</translation>
    </message>
    <message>
        <source>asks why</source>
        <translation>이유를 물음</translation>
    </message>
    <message>
        <source>step by step</source>
        <translation>단계별로</translation>
    </message>
    <message>
        <source>asks for a plan</source>
        <translation>계획을 요청</translation>
    </message>
    <message>
        <source>asks to write or sum up</source>
        <translation>작성이나 요약을 요청</translation>
    </message>
    <message>
        <source>asks to calculate</source>
        <translation>계산을 요청</translation>
    </message>
    <message>
        <source>gives conditions</source>
        <translation>조건을 붙임</translation>
    </message>
    <message>
        <source>asks how</source>
        <translation>방법을 물음</translation>
    </message>
    <message>
        <source>asks for a fact</source>
        <translation>사실을 물음</translation>
    </message>
    <message>
        <source>the preset always says so</source>
        <translation>프리셋이 항상 그렇게 정함</translation>
    </message>
    <message>
        <source>the preset says so for this intent: {name}</source>
        <translation>프리셋이 이 의도에 그렇게 정함: {name}</translation>
    </message>
    <message>
        <source>social words</source>
        <translation>인사말</translation>
    </message>
    <message>
        <source>says yes</source>
        <translation>긍정의 말</translation>
    </message>
    <message>
        <source>says no</source>
        <translation>부정의 말</translation>
    </message>
    <message>
        <source>wants a booking</source>
        <translation>예약을 원함</translation>
    </message>
    <message>
        <source>wants a change</source>
        <translation>변경을 원함</translation>
    </message>
    <message>
        <source>did not hear</source>
        <translation>잘 못 들음</translation>
    </message>
    <message>
        <source>complains</source>
        <translation>불만을 말함</translation>
    </message>
    <message>
        <source>says goodbye</source>
        <translation>작별의 말</translation>
    </message>
    <message>
        <source>wants something done</source>
        <translation>무언가를 부탁함</translation>
    </message>
    <message>
        <source>has numbers</source>
        <translation>숫자가 있음</translation>
    </message>
    <message>
        <source>one word</source>
        <translation>한 단어</translation>
    </message>
    <message>
        <source>few words</source>
        <translation>몇 단어뿐</translation>
    </message>
    <message>
        <source>a short sentence</source>
        <translation>짧은 문장</translation>
    </message>
    <message>
        <source>a sentence</source>
        <translation>보통 길이의 문장</translation>
    </message>
    <message>
        <source>a long sentence</source>
        <translation>긴 문장</translation>
    </message>
    <message>
        <source>very many words</source>
        <translation>아주 긴 말</translation>
    </message>
    <message>
        <source>joins two parts</source>
        <translation>두 부분을 이음</translation>
    </message>
    <message>
        <source>joins many parts</source>
        <translation>여러 부분을 이음</translation>
    </message>
    <message>
        <source>joins very many parts</source>
        <translation>아주 많은 부분을 이음</translation>
    </message>
</context>
<context>
    <name>RefusedKey</name>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Set key…</source>
        <translation>키 넣기…</translation>
    </message>
    <message>
        <source>The key for {provider} is kept.</source>
        <translation>{provider} 키를 보관했습니다.</translation>
    </message>
</context>
<context>
    <name>Setting</name>
    <message>
        <source>Silence</source>
        <translation>침묵</translation>
    </message>
    <message>
        <source>Head start</source>
        <translation>미리 시작</translation>
    </message>
    <message>
        <source>Patience</source>
        <translation>인내</translation>
    </message>
    <message>
        <source>Turn threshold</source>
        <translation>차례 판단 기준</translation>
    </message>
    <message>
        <source>The vendor may end the turn</source>
        <translation>업체가 차례를 끝낼 수 있음</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>말소리</translation>
    </message>
    <message>
        <source>Eagerness</source>
        <translation>적극성</translation>
    </message>
    <message>
        <source>Patience with slow speakers</source>
        <translation>천천히 말하는 사용자 기다리기</translation>
    </message>
    <message>
        <source>Sure interruption</source>
        <translation>확실한 끼어들기</translation>
    </message>
    <message>
        <source>Words that interrupt</source>
        <translation>끼어들기에 필요한 단어</translation>
    </message>
    <message>
        <source>Going on</source>
        <translation>이어서 말하기</translation>
    </message>
    <message>
        <source>The greeting is said to its end</source>
        <translation>인사말을 끝까지 하기</translation>
    </message>
    <message>
        <source>Begin the reply</source>
        <translation>답변 미리 시작하기</translation>
    </message>
    <message>
        <source>On words that may change</source>
        <translation>바뀔 수 있는 말로도</translation>
    </message>
    <message>
        <source>The voice, too</source>
        <translation>음성까지</translation>
    </message>
    <message>
        <source>Tries a turn</source>
        <translation>차례당 시도</translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>멈춤</translation>
    </message>
    <message>
        <source>Speech threshold</source>
        <translation>말소리 판단 기준</translation>
    </message>
    <message>
        <source>Buffer</source>
        <translation>버퍼</translation>
    </message>
    <message>
        <source>Longest delay</source>
        <translation>최대 지연</translation>
    </message>
    <message>
        <source>Voice cache</source>
        <translation>음성 캐시</translation>
    </message>
    <message>
        <source>Echo cancellation</source>
        <translation>에코 제거</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>목소리</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>속도</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>언어</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>온도</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>최대 응답 길이</translation>
    </message>
    <message>
        <source>Longest conversation</source>
        <translation>최대 대화 길이</translation>
    </message>
    <message>
        <source>Server address</source>
        <translation>서버 주소</translation>
    </message>
    <message>
        <source>Name of the key</source>
        <translation>키 이름</translation>
    </message>
    <message>
        <source>Longest wait for a connection</source>
        <translation>연결 최대 대기</translation>
    </message>
    <message>
        <source>Longest wait for an answer</source>
        <translation>응답 최대 대기</translation>
    </message>
    <message>
        <source>Longest wait within an answer</source>
        <translation>응답 중 최대 대기</translation>
    </message>
    <message>
        <source>Longest wait for the final words</source>
        <translation>최종 받아쓰기 최대 대기</translation>
    </message>
    <message>
        <source>Further request fields</source>
        <translation>추가 요청 필드</translation>
    </message>
    <message>
        <source>Words to expect</source>
        <translation>예상 단어</translation>
    </message>
    <message>
        <source>Numbers and dates as written</source>
        <translation>숫자와 날짜를 글처럼 표기</translation>
    </message>
    <message>
        <source>Longest segment</source>
        <translation>최대 구간</translation>
    </message>
    <message>
        <source>Interim results every</source>
        <translation>중간 결과 간격</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>스레드</translation>
    </message>
    <message>
        <source>Layers on the GPU</source>
        <translation>GPU 레이어</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>장치</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>정밀도</translation>
    </message>
    <message>
        <source>Persona</source>
        <translation>페르소나</translation>
    </message>
    <message>
        <source>Greeting</source>
        <translation>인사말</translation>
    </message>
    <message>
        <source>Apology</source>
        <translation>사과 문구</translation>
    </message>
    <message>
        <source>Guess what the user wants</source>
        <translation>사용자의 의도 추측</translation>
    </message>
    <message>
        <source>Own intents</source>
        <translation>직접 만든 의도</translation>
    </message>
    <message>
        <source>Fillers by intent</source>
        <translation>의도별 대기 멘트</translation>
    </message>
    <message>
        <source>Model for simple questions</source>
        <translation>단순한 질문의 모델</translation>
    </message>
    <message>
        <source>Model for moderate questions</source>
        <translation>보통 질문의 모델</translation>
    </message>
    <message>
        <source>Model for complex questions</source>
        <translation>복잡한 질문의 모델</translation>
    </message>
    <message>
        <source>Every question counts as</source>
        <translation>모든 질문의 난이도</translation>
    </message>
    <message>
        <source>Levels by intent</source>
        <translation>의도별 난이도</translation>
    </message>
</context>
<context>
    <name>Source</name>
    <message>
        <source>set</source>
        <translation>설정값</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>측정값</translation>
    </message>
    <message>
        <source>published</source>
        <translation>공개 수치</translation>
    </message>
    <message>
        <source>assumed</source>
        <translation>추정값</translation>
    </message>
    <message>
        <source>time not known</source>
        <translation>시간 모름</translation>
    </message>
</context>
<context>
    <name>Span</name>
    <message>
        <source>waiting for silence</source>
        <translation>침묵 대기</translation>
    </message>
    <message>
        <source>turn detection</source>
        <translation>차례 판단</translation>
    </message>
    <message>
        <source>transcription</source>
        <translation>받아쓰기</translation>
    </message>
    <message>
        <source>routing</source>
        <translation>경로 선택</translation>
    </message>
    <message>
        <source>LLM first token</source>
        <translation>LLM 첫 토큰</translation>
    </message>
    <message>
        <source>tool call</source>
        <translation>도구 호출</translation>
    </message>
    <message>
        <source>waiting for the first clause</source>
        <translation>첫 구절 대기</translation>
    </message>
    <message>
        <source>speech synthesis</source>
        <translation>음성 합성</translation>
    </message>
    <message>
        <source>playout</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>unattributed</source>
        <translation>원인 미상</translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>Sound</source>
        <translation>소리</translation>
    </message>
    <message>
        <source>Voice activity</source>
        <translation>음성 감지</translation>
    </message>
    <message>
        <source>Turn detection</source>
        <translation>차례 판단</translation>
    </message>
    <message>
        <source>Transcription</source>
        <translation>받아쓰기</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>음성 합성</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>도구</translation>
    </message>
    <message>
        <source>Recorder</source>
        <translation>녹음기</translation>
    </message>
</context>
<context>
    <name>StagePanel</name>
    <message>
        <source>Pipeline</source>
        <translation>파이프라인</translation>
    </message>
</context>
<context>
    <name>StageRow</name>
    <message>
        <source>Getting ready</source>
        <translation>준비하는 중</translation>
    </message>
    <message>
        <source>not loaded</source>
        <translation>불러오지 않음</translation>
    </message>
    <message>
        <source>{stage} loading</source>
        <translation>{stage} 불러오는 중</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>V2V last</source>
        <translation>최근 V2V</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>중앙값</translation>
    </message>
    <message>
        <source>95th percentile</source>
        <translation>95 백분위</translation>
    </message>
    <message>
        <source>Voice to voice: from your last sound to the agent&apos;s first one, at the device</source>
        <translation>V2V(음성 간 지연): 내 마지막 소리부터 에이전트의 첫 소리까지, 장치 기준</translation>
    </message>
    <message>
        <source>Let the demo caller talk</source>
        <translation>데모 발신자로 통화</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>정지</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>비용</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>대화 시작</translation>
    </message>
    <message>
        <source>n = {count}</source>
        <translation>n = {count}</translation>
    </message>
    <message>
        <source>{cost}/min</source>
        <translation>{cost}/분</translation>
    </message>
    <message>
        <source>Stop recording</source>
        <translation>녹음 끄기</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>녹음</translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation>음소거 해제</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>음소거</translation>
    </message>
</context>
<context>
    <name>StudioWindow</name>
    <message>
        <source>Voice Agent Studio</source>
        <translation>보이스 에이전트 스튜디오</translation>
    </message>
</context>
<context>
    <name>Switch</name>
    <message>
        <source>Screen</source>
        <translation>화면</translation>
    </message>
    <message>
        <source>Design</source>
        <translation>설계</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>대화</translation>
    </message>
</context>
<context>
    <name>TalkScreen</name>
    <message>
        <source>waiting</source>
        <translation>기다리는 중</translation>
    </message>
    <message>
        <source>{stage}: {reason} It is asked again.</source>
        <translation>{stage}: {reason} 다시 물어봅니다.</translation>
    </message>
    <message>
        <source>{stage}: {reason} Now in use: {provider}</source>
        <translation>{stage}: {reason} 지금 쓰는 제공자: {provider}</translation>
    </message>
    <message>
        <source>The window was too slow to draw {count} updates of the call.</source>
        <translation>창이 느려 통화 화면을 {count}번 갱신하지 못했습니다.</translation>
    </message>
    <message>
        <source>Allow and call again</source>
        <translation>허용하고 다시 통화</translation>
    </message>
    <message>
        <source>Session saved: {name}</source>
        <translation>세션 저장됨: {name}</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>No program here opens folders. The session is in {folder}</source>
        <translation>폴더를 여는 프로그램이 없습니다. 세션 위치: {folder}</translation>
    </message>
    <message>
        <source>A sound device was lost. Now in use: {device}</source>
        <translation>오디오 장치 연결이 끊겼습니다. 지금 쓰는 장치: {device}</translation>
    </message>
    <message>
        <source>Recording starts with the next call.</source>
        <translation>녹음은 다음 통화부터 시작됩니다.</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>Dark or light</source>
        <translation>어둡게 또는 밝게</translation>
    </message>
    <message>
        <source>Korean or English</source>
        <translation>한국어 또는 영어</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>단축키</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>Conversation</source>
        <translation>대화</translation>
    </message>
</context>
<context>
    <name>Turn</name>
    <message>
        <source>Greeting</source>
        <translation>인사말</translation>
    </message>
    <message>
        <source>Turn {number}</source>
        <translation>차례 {number}</translation>
    </message>
</context>
<context>
    <name>TurnCard</name>
    <message>
        <source>interrupted</source>
        <translation>끼어듦</translation>
    </message>
    <message>
        <source>interrupted, silent after {time}</source>
        <translation>끼어듦 · {time} 뒤 멈춤</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source> ms</source>
        <translation> ms</translation>
    </message>
    <message>
        <source> s</source>
        <translation>초</translation>
    </message>
</context>
<context>
    <name>Voices</name>
    <message>
        <source>asking for the voices…</source>
        <translation>목소리 목록을 받는 중…</translation>
    </message>
    <message>
        <source>{count} voices, as listed on {day}</source>
        <translation>목소리 {count}개, {day} 기준</translation>
    </message>
</context>
<context>
    <name>Waterfall</name>
    <message>
        <source>Where the time of the answer went</source>
        <translation>답변 시간의 내역</translation>
    </message>
    <message>
        <source>Wait for the answer</source>
        <translation>답변까지의 시간</translation>
    </message>
    <message>
        <source>The first answer will show here where its time went.</source>
        <translation>첫 답변이 나오면 시간이 어디에 쓰였는지 여기에 나타납니다.</translation>
    </message>
</context>
</TS>
