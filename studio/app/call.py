"""One call put together and held: preset, engines, devices or recordings, recorder. The only composer.

Knows no window: it runs the same in the voice process, on the command line and in tests.
"""

import asyncio
import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from studio import __version__
from studio.app import consent, presets
from studio.app.engines import Engines, Loaded
from studio.app.measured import Learner
from studio.app.prices import prices
from studio.app.routing import classifiers
from studio.app.voice_link import UNALLOWED, CallRequest
from studio.audio.device_feed import DeviceSettings
from studio.audio.devices import Direction, SoundSystem
from studio.audio.echo import WebRtcEchoCanceller
from studio.audio.microphone import Microphone
from studio.audio.speaker import Speaker
from studio.audio.wav_file import WavCopy, WavSink, WavSource
from studio.model.errors import AudioFileError, DeviceError, ProviderError, StudioError
from studio.model.events import AudioLost, DeviceChanged, RecordingSwitched, Trouble
from studio.model.preset import CASCADE, Preset, Role
from studio.model.price import Price
from studio.model.session import Header
from studio.model.terms import Stage, Track
from studio.model.time import Instant, milliseconds
from studio.pipeline.bus import Bus, Subscriber
from studio.pipeline.clock import Clock
from studio.pipeline.conversation import Conversation
from studio.pipeline.ports import AudioSink, AudioSource, EchoCanceller, Fallbacks, Parts
from studio.pipeline.routing.classifier import Classifiers
from studio.pipeline.tasks import Tasks
from studio.providers import catalog
from studio.providers.tools.toolbox import AgentTools
from studio.recording.machine import this_machine
from studio.recording.sessions import unused
from studio.recording.writer import RecordingSettings, SessionWriter

_QUIET = milliseconds(600)
"""A recording's call is over when nobody has spoken for this long after its end."""
_LONGEST_ANSWER = milliseconds(60_000)
"""A recording's call is over this long after its end, whatever the agent still says."""
_POLL_S = 0.05
ENVIRONMENT, RETIRING = "environment", "retiring"
"""Categories of a `Trouble`: something around the call, a model that retires soon."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives a call: loaded engines and the sound system; and who reads the call."""

    engines: Engines
    sound: SoundSystem
    readers: Sequence[Subscriber] = ()


@dataclass(frozen=True, slots=True)
class _Loaded:
    engines: Loaded
    echo: EchoCanceller | None
    tools: AgentTools | None
    classifiers: Classifiers | None
    """Of what the user wants and how hard it is; None where the preset wants neither."""


def call_prices(preset: Preset) -> dict[str, Price]:
    """The price of everything that a call may use; what runs on this machine costs nothing.

    Raises:
        StudioError: the user's own file of prices is damaged.
    """
    parts = [part for role in CASCADE for part in preset.parts(role)]
    free = {part.use: Price(as_of=date.today()) for part in parts if not catalog.provider(part.provider).hosted}
    return {**free, **prices(preset)}


class Call:
    """One call, from the request to its end. Make it within the running event loop."""

    def __init__(self, request: CallRequest, surroundings: Surroundings) -> None:
        """Check everything that can be checked without loading a model.

        Raises:
            StudioError: the preset, the recording or the output file cannot be used.
        """
        self._request = request
        self._surroundings = surroundings
        self._preset = presets.load(request.preset, presets.Overrides(request.overrides, request.base_urls))
        self.prices = call_prices(self._preset)
        """List prices by PROVIDER/MODEL of everything that the call may use."""
        self._clock = Clock(asyncio.get_running_loop())
        self._bus = Bus()
        self._source = self._make_source()
        self._sink = self._make_sink()
        self._conversation: Conversation | None = None
        self._loading: asyncio.Timeout | None = None
        self._unheard: str | None = None
        """Why nobody hears the agent, where somebody should."""
        self._notices: list[tuple[Stage, str, str]] = []
        """What is to be told as soon as the call begins: sentence and category."""
        self._closing = AsyncExitStack()
        self._hung_up = False
        self._muted = False
        self._records_audio = True
        self.session: Path | None = None
        """The session's folder, as soon as there is one."""

    async def run(self) -> None:
        """Load, talk, hang up.

        Raises:
            StudioError: something without which a call cannot be is missing or has failed.
        """
        async with AsyncExitStack() as closing:
            self._closing = closing
            closing.push_async_callback(self._sink.close)
            closing.push_async_callback(self._source.close)
            await asyncio.to_thread(self._find_devices)
            loaded = await self._load()
            if loaded is None:
                return
            # Several 100,000 objects were loaded to stay: looking for garbage among them takes 50 ms, again and again.
            gc.collect()
            gc.freeze()
            closing.callback(gc.unfreeze)
            # Devices tell their times on the session's clock, so it has to run before they are opened.
            self._clock.begin()
            await self._open_devices()
            self._subscribe(closing)
            self._tell(loaded)
            await self._hold(Conversation(self._parts(loaded), self._preset, self._clock, self._bus))

    async def hang_up(self) -> None:
        """End the call, even while it still loads; `run` returns."""
        self._hung_up = True
        if self._conversation is not None:
            await self._conversation.hang_up()
        elif self._loading is not None:
            self._loading.reschedule(0)

    def mute(self, on: bool) -> None:
        """Switch the microphone off or on, from the beginning if the call still loads."""
        self._muted = on
        if self._conversation is not None:
            self._conversation.mute(on)

    def stop_agent(self) -> None:
        """Silence the agent."""
        if self._conversation is not None:
            self._conversation.stop_agent()

    def record_audio(self, on: bool) -> None:
        """Record sound, or only events, from the beginning if the call still loads."""
        self._records_audio = on
        if self._conversation is not None:
            self._bus.publish(RecordingSwitched(self._clock.now(), on))

    async def use_microphone(self, name: str | None) -> None:
        """Go on with another microphone."""
        await self._swap(self._source, name)

    async def use_speaker(self, name: str | None) -> None:
        """Go on with another speaker."""
        await self._swap(self._sink, name)

    async def _swap(self, device: AudioSource | AudioSink, name: str | None) -> None:
        if not isinstance(device, Microphone | Speaker):
            return
        try:
            await device.use(name)
        except DeviceError as error:
            self.trouble(Stage.AUDIO, str(error))

    # --- putting together ----------------------------------------------------------------------

    def _make_source(self) -> AudioSource:
        request = self._request
        if request.recording is not None:
            if request.output is not None and request.output.resolve() == request.recording.resolve():
                raise AudioFileError(f"{request.output} is the caller's recording: give --out another file.")
            return WavSource(request.recording, self._clock, Instant(0))
        return Microphone(self._device(Track.USER, request.microphone), self._clock, self._surroundings.sound)

    def _make_sink(self) -> AudioSink:
        request = self._request
        if request.virtual or (request.recording is not None and request.output is not None):
            return WavSink(request.output, self._clock)
        return Speaker(self._device(Track.PLAYED, request.speaker), self._clock, self._surroundings.sound)

    def _device(self, track: Track, name: str | None) -> DeviceSettings:
        def lost(samples: int, reason: str) -> None:
            self._bus.publish(AudioLost(self._clock.now(), track, samples, reason))

        def changed(device: str, reason: str) -> None:
            self._bus.publish(DeviceChanged(self._clock.now(), track, device, reason))

        buffer_ms = self._preset.playout.buffer_ms if track is Track.PLAYED else None
        return DeviceSettings(name, buffer_ms, on_lost=lost, on_device=changed)

    async def _load(self) -> _Loaded | None:
        """The engines and the echo canceller; None when the call was hung up meanwhile."""
        try:
            async with asyncio.timeout(0 if self._hung_up else None) as self._loading:
                engines = await self._surroundings.engines.load(self._preset)
                echo, tools = await self._load_echo_canceller(), await self._load_tools()
                wanted = self._preset.router.on or self._preset.intent.enabled
                return _Loaded(engines, echo, tools, await asyncio.to_thread(classifiers) if wanted else None)
        except TimeoutError:
            if not self._hung_up:
                raise
            return None
        finally:
            self._loading = None

    def _find_devices(self) -> None:
        """Look for the devices now, so that one that is missing is told before models are loaded."""
        sound, request = self._surroundings.sound, self._request
        if isinstance(self._sink, Speaker):
            sound.refresh()
        if isinstance(self._source, Microphone):
            sound.candidates(Direction.INPUT, request.microphone)
            sound.candidates(Direction.OUTPUT, request.speaker)
        elif isinstance(self._sink, Speaker):
            try:
                sound.candidates(Direction.OUTPUT, None)
            except DeviceError:
                # A recording needs nobody who listens: what the agent says is in the session.
                self._sink = WavSink(None, self._clock)

    async def _load_tools(self) -> AgentTools | None:
        """The agent's tools, where it has any, its model can ask for them and the user has allowed them."""
        settings = self._preset.tools
        if settings.empty:
            return None
        if self._request.allow_tools:
            await asyncio.to_thread(consent.grant, consent.places(settings))
        own = presets.comes_with_the_studio(self._request.preset)
        if asked := await asyncio.to_thread(consent.needed, settings, own):
            self._notices.append(
                (Stage.TOOLS, f"The tools are off until you allow them to reach {', '.join(asked)}.", UNALLOWED)
            )
            return None
        model = catalog.known(Role.LLM, self._preset.llm)
        if model.capabilities and "tools" not in model.capabilities:
            self._notices.append((Stage.TOOLS, f"{self._preset.llm.use} cannot ask for tools.", ENVIRONMENT))
            return None
        tools = AgentTools(settings)
        self._closing.push_async_callback(tools.close)
        try:
            await tools.open()
        except ProviderError as error:
            self._notices.append((Stage.TOOLS, f"The tools are off: {error}", error.category.value))
            return None
        return tools

    @property
    def _open_air(self) -> bool:
        """An echo can only come from a real speaker into a real microphone."""
        return isinstance(self._source, Microphone) and isinstance(self._sink, Speaker)

    async def _load_echo_canceller(self) -> EchoCanceller | None:
        if not self._open_air or not self._preset.playout.echo_cancellation:
            return None
        return await asyncio.to_thread(WebRtcEchoCanceller)

    async def _open_devices(self) -> None:
        if isinstance(self._source, Microphone):
            await self._source.open()
        if isinstance(self._sink, Speaker):
            try:
                await self._sink.open()
            except DeviceError as error:
                if self._request.recording is None:
                    raise
                self._sink, self._unheard = WavSink(None, self._clock), str(error)

    def _record(self, folder: Path) -> SessionWriter:
        header = Header(
            studio=__version__,
            started=datetime.now(UTC).astimezone(),
            preset_name=Path(self._request.preset).stem,
            preset=self._preset.model_dump(mode="json"),
            machine=this_machine(),
            prices=self.prices,
            audio=self._records_audio,
        )
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            folder.rmdir()  # an empty one makes way for the session; any other is left as it is

        def report(sentence: str) -> None:
            loop.call_soon_threadsafe(self.trouble, Stage.RECORDER, sentence)

        # Another call may have begun in the same second and taken the name.
        writer = SessionWriter(RecordingSettings(unused(folder), header, report))
        self.session = writer.folder
        return writer

    def _subscribe(self, closing: AsyncExitStack) -> None:
        """From now on whoever reads the call is told everything."""
        if self._request.output is not None and isinstance(self._sink, Speaker):
            copy = WavCopy(
                self._request.output, self._sink.rate_hz, report=lambda said: self.trouble(Stage.AUDIO, said)
            )
            closing.push_async_callback(copy.close)
            self._bus.subscribe(copy)
        if self._request.record_to is not None:
            recorder = self._record(self._request.record_to)
            closing.push_async_callback(asyncio.to_thread, recorder.close)
            self._bus.subscribe(recorder)
        learner = Learner(self._preset)
        closing.push_async_callback(self._keep_measured, learner)
        self._bus.subscribe(learner)
        for reader in self._surroundings.readers:
            self._bus.subscribe(reader)

    async def _keep_measured(self, learner: Learner) -> None:
        try:
            await asyncio.to_thread(learner.keep)
        except StudioError as error:
            self.trouble(Stage.RECORDER, str(error))

    def _tell(self, loaded: _Loaded) -> None:
        """What is ready, and what is not as it should be."""
        for event in loaded.engines.ready:
            self._bus.publish(event)
        notices = self._notices
        notices += [(stage, sentence, ENVIRONMENT) for stage, sentence in loaded.engines.absent]
        notices += [(stage, sentence, RETIRING) for stage, sentence in presets.retiring(self._preset, date.today())]
        for stage, sentence, category in notices:
            self._bus.publish(Trouble(self._clock.now(), stage, sentence, category))
        if self._unheard is not None:
            self.trouble(Stage.AUDIO, self._unheard)

    def _parts(self, loaded: _Loaded) -> Parts:
        engines = self._surroundings.engines
        voice, *other_voices = engines.voices(self._preset)
        return Parts(
            source=self._source,
            sink=self._sink,
            echo=loaded.echo,
            vad=engines[Role.VAD],
            turn=engines[Role.TURN],
            stt=engines[Role.STT],
            llm=engines[Role.LLM],
            tts=voice.engine,
            tools=loaded.tools,
            open_air=self._open_air,
            fallbacks=Fallbacks(
                stt=engines.fallbacks(self._preset, Role.STT),
                llm=engines.fallbacks(self._preset, Role.LLM),
                tts=tuple(other_voices),
            ),
            levels=engines.levels(self._preset),
            classifiers=loaded.classifiers,
        )

    # --- talking -------------------------------------------------------------------------------

    async def _hold(self, conversation: Conversation) -> None:
        self._conversation = conversation
        conversation.mute(self._muted)
        if self._hung_up:
            await conversation.hang_up()
        watch = Tasks(lambda _, error: self.trouble(Stage.AUDIO, str(error)))
        if self._request.recording is not None:
            watch.start("hang up after the recording", self._hang_up_when_answered(conversation))
        try:
            await conversation.run()
        finally:
            await watch.close()

    async def _hang_up_when_answered(self, conversation: Conversation) -> None:
        ended: Instant | None = None
        quiet_since: Instant | None = None
        while True:
            await asyncio.sleep(_POLL_S)
            now = self._clock.now()
            if not self._source.exhausted:
                continue
            ended = ended or now
            quiet_since = (quiet_since or now) if conversation.quiet else None
            answered = quiet_since is not None and now - quiet_since >= _QUIET
            if answered or now - ended >= _LONGEST_ANSWER:
                await conversation.hang_up("input_ended")
                return

    def trouble(self, stage: Stage, sentence: str) -> None:
        """Tell everyone that something around the call failed, which goes on."""
        self._bus.publish(Trouble(self._clock.now(), stage, sentence, ENVIRONMENT))
