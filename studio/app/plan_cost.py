"""What a minute of a call is planned to cost, from list prices and a typical call. Pure.

Must not know how long anything takes, nor where prices come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from studio.model.preset import Part, Preset, Role
from studio.model.price import Price
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import Instant
from studio.providers import catalog

NO_PRICES: Mapping[str, Price] = {}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A typical call. Every figure that a planned cost rests on, besides prices and the preset, is here."""

    call_minutes: float = 5
    turns_a_minute: float = 4
    user_share: float = 0.35
    """Of each minute, the user talks."""
    agent_share: float = 0.5
    """Of each minute, the agent talks; the rest is silence."""
    characters_a_second: float = 15
    """Of speech, in English."""
    characters_a_token: float = 4
    cached_share: float = 0.9
    """Of a prompt that is long enough, what the vendor still has from the turn before, where it keeps prompts."""
    cached_from_tokens: float = 1024
    """Shorter prompts are kept by no vendor."""

    @property
    def agent_characters(self) -> float:
        """That are given a voice in a minute."""
        return 60 * self.agent_share * self.characters_a_second

    @property
    def reply_tokens(self) -> float:
        """Of a turn."""
        return self.agent_characters / self.characters_a_token / self.turns_a_minute

    @property
    def user_tokens(self) -> float:
        """Of a turn."""
        return 60 * self.user_share * self.characters_a_second / self.characters_a_token / self.turns_a_minute

    def sentence(self) -> str:
        """What a planned cost rests on, for people."""
        return (
            f"Planned for a call of {self.call_minutes:g} minutes with {self.turns_a_minute:g} turns a minute, in "
            f"which the user talks {self.user_share:.0%} and the agent {self.agent_share:.0%} of the time, at "
            f"{self.characters_a_second:g} characters a second and {self.characters_a_token:g} characters a token."
        )


TYPICAL = Assumptions()


@dataclass(frozen=True, slots=True)
class PlannedCost:
    """Of one minute of a call, in US dollars at list prices."""

    stages: Mapping[Stage, float]
    """Of each stage whose price is known; 0 for what runs on this machine."""
    unpriced: tuple[Stage, ...]
    """Those whose price is not known: the true cost is higher."""
    assumptions: Assumptions = TYPICAL

    @property
    def usd(self) -> float:
        """All that has a price."""
        return sum(self.stages.values())


def planned_cost(
    preset: Preset, prices: Mapping[str, Price] = NO_PRICES, assumptions: Assumptions = TYPICAL
) -> PlannedCost:
    """What a minute costs with the preset's own choices, none of which has failed.

    `prices` by PROVIDER/MODEL come before the catalog's.

    Raises:
        PresetError: a provider is unknown or closed.
    """
    stages: dict[Stage, float] = {}
    unpriced = []
    for role in (Role.STT, Role.LLM, Role.TTS):
        stage, part = Stage(role.value), preset.part(role)
        price = price_of(role, part, prices)
        usd = 0.0 if price is None else sum(price.of(used) for used in _used(preset, role, price, assumptions))
        if usd or (runs_here(part) if price is None else _free(price)):
            stages[stage] = usd
        else:
            unpriced.append(stage)
    return PlannedCost(stages, tuple(unpriced), assumptions)


def price_of(role: Role, part: Part, prices: Mapping[str, Price] = NO_PRICES) -> Price | None:
    """The price of a preset's choice: that in `prices`, else the catalog's; None where neither has one.

    Raises:
        PresetError: the provider is unknown or closed.
    """
    model = catalog.known(role, part)
    return prices.get(f"{part.provider}/{model.name}", model.price)


def runs_here(part: Part) -> bool:
    """Whether a provider of the catalog costs nobody money: an engine or a server of this machine."""
    about = catalog.provider(part.provider)
    host = urlsplit(about.base_url).hostname or ""
    try:
        return not about.hosted or ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free(price: Price) -> bool:
    """Whether a price asks nothing, rather than something for units that the stage is not known to use."""
    return not any(value for name, value in price if name != "as_of")


def _used(preset: Preset, role: Role, price: Price, call: Assumptions) -> list[UnitsUsed]:
    """What a stage uses in a minute."""
    stage, part = Stage(role.value), preset.part(role)
    match role:
        case Role.STT:
            # A stream is billed while it is open; an engine that is sent one utterance at a time, for those.
            streams = {"interim", "finalize", "turn_end"} & set(catalog.known(role, part).capabilities)
            return [UnitsUsed(Instant(0), 0, stage, part.use, audio_ms=60_000 * (1 if streams else call.user_share))]
        case Role.TTS:
            return [UnitsUsed(Instant(0), 0, stage, part.use, characters=round(call.agent_characters))]
        case _:
            return [_reply(preset, turn, price, call) for turn in range(round(call.turns_a_minute))]


def _reply(preset: Preset, turn: int, price: Price, call: Assumptions) -> UnitsUsed:
    """One of a minute's replies, each standing for as many of the whole call's, evenly spread."""
    each = call.user_tokens + call.reply_tokens
    before = (turn + 0.5) * call.call_minutes * each
    history = min(before, preset.agent.memory_characters / call.characters_a_token)
    prompt = len(preset.agent.persona) / call.characters_a_token + history + call.user_tokens
    kept = "cache" in catalog.known(Role.LLM, preset.llm).capabilities and prompt >= call.cached_from_tokens
    read = prompt * call.cached_share if kept else 0
    return UnitsUsed(
        Instant(0),
        0,
        Stage.LLM,
        preset.llm.use,
        prompt_tokens=round(prompt),
        cache_read_tokens=round(read),
        cache_write_tokens=round(prompt) - round(read) if kept and price.cache_write_1m is not None else 0,
        written_tokens=round(call.reply_tokens),
    )
