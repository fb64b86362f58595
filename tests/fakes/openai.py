"""The stand-in of a server that speaks all of OpenAI's protocols: chat, hearing, speaking."""

from typing import Any

from tests.fakes.openai_audio import OpenAiAudio
from tests.fakes.openai_chat import OpenAiChat
from tests.fakes.script import Script, Stamps
from tests.fakes.server import Answer, Refuse, Request, Socket


class OpenAi:
    """Hands each request to whom it concerns."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.chat = OpenAiChat(self.script, key)
        self.audio = OpenAiAudio(self.script, key)

    @property
    def stamps(self) -> Stamps:
        """Of whichever was used."""
        return self.chat.stamps if self.chat.stamps.times else self.audio.stamps

    async def http(self, request: Request, answer: Answer) -> None:
        """Chat and models there, sound here."""
        part: Any = self.audio if request.path.startswith("/audio/") else self.chat
        await part.http(request, answer)

    def greet(self, request: Request) -> Refuse | None:
        """Only hearing has a websocket."""
        return self.audio.greet(request)

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe."""
        await self.audio.talk(request, socket)
