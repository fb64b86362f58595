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
    <name>Figure</name>
    <message>
        <source>{value} ms</source>
        <translation>{value} ms</translation>
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
    <name>Keys</name>
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
        <source>Language model</source>
        <translation>언어 모델</translation>
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
        <source>Talk</source>
        <translation>대화 시작</translation>
    </message>
    <message>
        <source>n = {count}</source>
        <translation>n = {count}</translation>
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
    <name>TalkWindow</name>
    <message>
        <source>waiting</source>
        <translation>기다리는 중</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Session saved: {name}</source>
        <translation>세션 저장됨: {name}</translation>
    </message>
    <message>
        <source>The window was too slow to draw {count} updates of the call.</source>
        <translation>창이 느려 통화 화면을 {count}번 갱신하지 못했습니다.</translation>
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
    <message>
        <source>Voice Agent Studio</source>
        <translation>보이스 에이전트 스튜디오</translation>
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
    <message>
        <source>saved by working ahead: {time}</source>
        <translation>미리 처리해 줄인 시간: {time}</translation>
    </message>
</context>
</TS>
