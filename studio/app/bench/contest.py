"""Who takes part in a comparison, and how it is held: one provider after the other, each with all the tasks.

Must not know what the tasks are.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from studio.app.measured import keep
from studio.app.plan import measured_name
from studio.app.plan_cost import runs_here
from studio.app.presets import EVERY_PROVIDER, given_server
from studio.app.prices import prices
from studio.model.errors import ErrorCategory, PresetError, ProviderError, StudioError
from studio.model.percentiles import Percentiles, percentiles
from studio.model.preset import Part, Role
from studio.model.price import Price
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import Instant, milliseconds
from studio.providers import catalog, keys, weights

Progress = Callable[[str], object]
"""Is told what is being done, a line at a time."""

_HOPELESS = frozenset(
    {
        ErrorCategory.AUTHENTICATION,
        ErrorCategory.QUOTA,
        ErrorCategory.INVALID_REQUEST,
        ErrorCategory.NOT_INSTALLED,
    }
)
"""What the next task would meet, too."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Entrant:
    """A provider that takes part."""

    role: Role
    part: Part
    """With its model's name."""
    price: Price | None
    """None: not known; what runs on this machine is free."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL."""
        return self.part.use

    def usd(self, used: Iterable[UnitsUsed]) -> float | None:
        """What was used costs; None: the price is not known."""
        return None if self.price is None else sum(self.price.of(each) for each in used)

    def units(self, audio_ms: float = 0, characters: int = 0) -> UnitsUsed:
        """So much was used."""
        return UnitsUsed(Instant(0), 0, Stage(self.role.value), self.use, audio_ms=audio_ms, characters=characters)


@dataclass(frozen=True, slots=True)
class Runs(Generic[R]):
    """What came of a provider's tasks."""

    entrant: Entrant
    done: tuple[R, ...]
    troubles: tuple[str, ...]
    """A sentence for each task that failed; those that were not tried for it are not here."""

    @property
    def trouble(self) -> str:
        """The first sentence; empty where nothing failed."""
        return self.troubles[0] if self.troubles else ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of all entrants of a comparison."""

    uses: tuple[str, ...] = ()
    """PROVIDER or PROVIDER/MODEL each; empty: whatever can be used here and now."""
    base_urls: tuple[tuple[str, str], ...] = ()
    """Servers by provider, as for a call."""
    language: str = ""
    """Two letters, for those that can be told; empty: as each is by itself."""


def entrants(role: Role, wishes: Wishes) -> list[Entrant]:
    """Those who take part. Blocks on the keyring.

    Raises:
        PresetError: there is no such provider or model, it has retired, or there is nobody.
        StudioError: the user's file of prices is damaged.
    """
    uses = wishes.uses or tuple(_usable(role, dict(wishes.base_urls)))
    if not uses:
        raise PresetError(f"No {role} is ready to be used here: name one by --with PROVIDER/MODEL.")
    return [_entrant(role, use, wishes) for use in dict.fromkeys(uses)]


def _entrant(role: Role, use: str, wishes: Wishes) -> Entrant:
    try:
        part = Part(use=use)
    except ValueError as error:
        raise PresetError(f"--with {use}: give PROVIDER/MODEL, for example moonshine/tiny-en.") from error
    catalog.retiring(role, part, date.today())
    settings: dict[str, str] = {}
    if catalog.provider(part.provider).hosted and (url := given_server(wishes.base_urls, part.provider)):
        settings["base_url"] = url
    if wishes.language and "language" in type(catalog.settings(role, part)).model_fields:
        settings["language"] = wishes.language
    named = f"{part.provider}/{catalog.known(role, part).name}"
    part = Part.model_validate({**settings, "use": named})
    catalog.settings(role, part)
    free = Price(as_of=date.today()) if runs_here(part) else None
    return Entrant(role, part, prices([(role, part)]).get(named, free))


def _usable(role: Role, base_urls: dict[str, str]) -> Iterable[str]:
    """The default of every provider that has its weights, its key or its stand-in."""
    for name, about in catalog.providers().items():
        today = date.today()
        models = [model for model in about.of_role(role) if model.retires_on is None or model.retires_on > today]
        models.sort(key=lambda model: model.retires_on is not None)
        if not models or name == "scripted":
            continue
        if about.hosted:
            told = name in base_urls or EVERY_PROVIDER in base_urls
            ready = told or (about.key_required and about.env_key is not None and bool(keys.place_of(about.env_key)))
        else:
            needed = models[0].weights
            ready = needed is None or not weights.missing([needed])
        if ready:
            yield f"{name}/{models[0].name}"


async def hold(
    those: Sequence[Entrant],
    tasks: Sequence[tuple[str, T]],
    do: Callable[[Any, T], Awaitable[R]],
    progress: Progress,
) -> list[Runs[R]]:
    """Have every entrant do every task, which each have a name; one who fails does not keep the others from it.

    `do` is given the open engine and the task.
    """
    return [await _runs(entrant, tasks, do, progress) for entrant in those]


async def _runs(
    entrant: Entrant, tasks: Sequence[tuple[str, T]], do: Callable[[Any, T], Awaitable[R]], progress: Progress
) -> Runs[R]:
    done: list[R] = []
    troubles: list[str] = []
    engine = catalog.build(entrant.role, entrant.part)
    try:
        progress(f"{entrant.use}: opening")
        await engine.open()
        for number, (name, task) in enumerate(tasks, start=1):
            progress(f"{entrant.use}: {number} of {len(tasks)}, {name}")
            try:
                done.append(await do(engine, task))
            except ProviderError as error:
                troubles.append(str(error))
                if error.category in _HOPELESS:
                    break
    except StudioError as error:  # it cannot be opened
        troubles.append(str(error))
    finally:
        await engine.close()
    return Runs(entrant, tuple(done), tuple(troubles))


def percentiles_ms(values: Iterable[float]) -> Percentiles:
    """Of milliseconds."""
    return percentiles(milliseconds(value) for value in values)


def remember(times: Iterable[tuple[str, Entrant, Sequence[float]]]) -> None:
    """Keep measured milliseconds, by role or `CLAUSE`, for plans and badges. Blocks.

    Raises:
        StudioError: the file cannot be written.
    """
    keep(
        {
            measured_name(role, entrant.part, entrant.use.partition("/")[2]): list(values)
            for role, entrant, values in times
        },
        date.today(),
    )
