"""`studio presets`: list, show, plan and check agents."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.commands.arguments import base_urls
from studio.model.errors import PresetError

if TYPE_CHECKING:
    from studio.app.plan import Plan, PlannedSpan


def list_presets(_chosen: argparse.Namespace) -> int:
    """A line for each."""
    from studio.app import presets

    for listed in presets.listing():
        print(f"{listed.name:16} {listed.title}: {listed.problem or listed.description}")
    return 0


def show_preset(chosen: argparse.Namespace) -> int:
    """The file as it is, or the plan."""
    from studio.app import presets

    if chosen.plan:
        return _show_plan(chosen)
    path = presets.path_of(chosen.preset)
    presets.read(path)
    print(path.read_text(encoding="utf-8"), end="")
    return 0


def validate_presets(chosen: argparse.Namespace) -> int:
    """A line for each; 2 where one is not valid."""
    from studio.app import presets

    code = 0
    for name in chosen.presets:
        try:
            presets.load(name)
        except PresetError as error:
            print(f"studio: {error}", file=sys.stderr)
            code = 2
        else:
            print(f"{name}: valid")
    return code


def _show_plan(chosen: argparse.Namespace) -> int:
    from studio.app import presets
    from studio.app.measured import medians
    from studio.app.plan import plan
    from studio.app.prices import prices

    preset = presets.load(chosen.preset, presets.Overrides(base_urls=base_urls(chosen.base_url)))
    print("\n".join(plan_lines(plan(preset, medians(), prices(preset)))))
    return 0


def plan_lines(planned: "Plan") -> Iterator[str]:
    """A plan for people: the wait piece by piece with where each figure comes from, and the cost of a minute."""
    bound = "at least " if planned.lower_bound else ""
    yield f"Planned wait for the answer: {bound}{planned.total_ms:.0f} ms"
    for span in planned.spans:
        yield _span_line(span)
    if planned.badge is not None:
        word = "measured" if planned.badge.source.value == "measured" else "as published, not yet measured"
        yield f"The language model is {planned.badge.tier} ({word})."
    cost = planned.cost
    stages = ", ".join(f"{stage} ${usd:.4f}" for stage, usd in cost.stages.items())
    unpriced = f"; not known: {', '.join(cost.unpriced)}" if cost.unpriced else ""
    bound = "at least " if cost.unpriced else ""
    yield f"Planned cost of a minute: {bound}${cost.usd:.4f} ({stages}{unpriced})"
    yield cost.assumptions.sentence()


def _span_line(span: "PlannedSpan") -> str:
    ms = "?" if span.ms is None else f"{span.ms:.0f}"
    hidden = (span.whole_ms or 0) - (span.ms or 0)
    shadow = (
        f", {span.whole_ms:.0f} ms of which {hidden:.0f} run while the turn's end is waited for" if hidden > 0.5 else ""
    )
    return f"  {span.name:22} {ms:>5} ms  {span.source}{shadow}"
