"""An agent built with Pipecat, which talks to a recording. Runs in Pipecat's own environment.

python -m benchmarks.peers.pipecat_agent SETTING --url URL --in caller.wav --out agent.wav
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame, StartFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.tts_service import TextAggregationMode
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from benchmarks.peers.sound_card import IN_HZ, OUT_HZ, SoundCard

SETTINGS = ("default", "tuned", "fastest", "flux-eager")
INTERRUPTED_AFTER_S = 0.064
"""Speech that interrupts, where it can be set: what the studio waits for by itself."""
FRAME_MS = 20
"""What Pipecat's own local microphone gives at a time."""
VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
PERSONA = "You are a friendly assistant on the phone. Answer in one or two short, plain sentences."


class Ears(BaseInputTransport):
    """The recording as a microphone."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.ready = asyncio.Event()

    async def start(self, frame: StartFrame) -> None:
        """The pipeline runs."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.ready.set()

    async def hear(self, pcm: bytes) -> None:
        """The next frame of the caller."""
        await self.push_audio_frame(InputAudioRawFrame(audio=pcm, sample_rate=IN_HZ, num_channels=1))


class Mouth(BaseOutputTransport):
    """The WAV file as a speaker, paced as Pipecat's own websocket transports emulate an audio device."""

    def __init__(self, params: TransportParams, card: SoundCard) -> None:
        super().__init__(params)
        self._card = card
        self._next_send_time = 0.0

    async def start(self, frame: StartFrame) -> None:
        """The pipeline runs."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play a frame; returns about when it has been played."""
        self._card.write(frame.audio)
        wait_s = max(0.0, self._next_send_time - time.monotonic())
        await asyncio.sleep(wait_s)
        length_s = len(frame.audio) / 2 / OUT_HZ
        self._next_send_time = (self._next_send_time if wait_s else time.monotonic()) + length_s
        return True


def hearing(setting: str, url: str) -> Any:
    """Deepgram: Nova-3, or Flux with eager turns."""
    if setting == "flux-eager":
        return DeepgramFluxSTTService(
            api_key="k", url=url.replace("http", "ws", 1) + "/deepgram/v2/listen", enable_eager_end_of_turn=True
        )
    return DeepgramSTTService(
        api_key="k",
        base_url=f"{url}/deepgram",
        settings=DeepgramSTTService.Settings(model="nova-3"),
        # The vendor's 99th percentile is 150 ms here: Pipecat waits for final words no longer than that.
        **({} if setting == "default" else {"ttfs_p99_latency": 0.15}),
    )


def turns(setting: str) -> LLMUserAggregatorParams:
    """How turns are taken: by Silero and Smart Turn, as Pipecat does by itself; by Flux; or by silence alone."""
    match setting:
        case "flux-eager":
            return LLMUserAggregatorParams()  # the service recommends its own strategies
        case "fastest":  # every pause of 0.1 s is the end of the turn
            stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)
            vad = SileroVADAnalyzer(params=VADParams(start_secs=INTERRUPTED_AFTER_S, stop_secs=0.1))
            return LLMUserAggregatorParams(vad_analyzer=vad, user_turn_strategies=UserTurnStrategies(stop=[stop]))
        case "tuned":
            vad = SileroVADAnalyzer(params=VADParams(start_secs=INTERRUPTED_AFTER_S))
            return LLMUserAggregatorParams(vad_analyzer=vad)
        case _:
            return LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())


def speaking(setting: str, url: str) -> Any:
    """Cartesia: sentence by sentence, or token by token with the vendor told not to wait for more."""
    quick = (
        {} if setting == "default" else {"text_aggregation_mode": TextAggregationMode.TOKEN, "max_buffer_delay_ms": 0}
    )
    return CartesiaTTSService(
        api_key="k",
        url=url.replace("http", "ws", 1) + "/cartesia/tts/websocket",
        settings=CartesiaTTSService.Settings(model="sonic-3.5", voice=VOICE),
        **quick,
    )


async def talk(setting: str, url: str, recording: Path, output: Path) -> None:
    """One call, until the recording is over."""
    card = SoundCard(recording)
    params = TransportParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        **({} if setting == "default" else {"audio_out_10ms_chunks": 1}),
    )
    ears, mouth = Ears(params), Mouth(params, card)
    aggregators = LLMContextAggregatorPair(LLMContext(), user_params=turns(setting))
    llm = OpenAILLMService(
        api_key="k",
        base_url=f"{url}/openai",
        settings=OpenAILLMService.Settings(model="gpt-5.4-mini", system_instruction=PERSONA),
    )
    stages = [ears, hearing(setting, url), aggregators.user(), llm, speaking(setting, url), mouth]
    worker = PipelineWorker(
        Pipeline([*stages, aggregators.assistant()]),
        params=PipelineParams(audio_in_sample_rate=IN_HZ, audio_out_sample_rate=OUT_HZ),
        idle_timeout_secs=None,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.get_running_loop().create_task(runner.run())
    await ears.ready.wait()
    await asyncio.sleep(1)  # as for everyone: all connections stand before the caller speaks
    print("talking", flush=True)
    await card.run(ears.hear, FRAME_MS)
    card.save(output)
    await worker.cancel()
    await running


def main() -> None:
    """Read the arguments and talk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setting", choices=SETTINGS)
    parser.add_argument("--url", required=True, help="where the vendors' stand-ins are")
    parser.add_argument("--in", dest="recording", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--debug", action="store_true", help="Pipecat's own log")
    chosen = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="DEBUG" if chosen.debug else "WARNING")
    asyncio.run(talk(chosen.setting, chosen.url, chosen.recording, chosen.out))


if __name__ == "__main__":
    main()
