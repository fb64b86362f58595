"""What a preset is planned to take and to cost: the same bar as of a call, before there is one."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from studio.app.plan import Plan
from studio.app.plan_cost import Assumptions, PlannedCost
from studio.model.measures import band
from studio.ui import words
from studio.ui.theme import Theme
from studio.ui.waterfall import SpanBar


class Budget(QFrame):
    """The planned wait, piece by piece, and the planned cost of a minute."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("section")
        self._theme = theme
        self._plan: Plan | None = None
        self.wait, self.cost = QLabel(), QLabel()
        self.bar = SpanBar(theme)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.wait)
        head.addStretch(1)
        head.addWidget(self.cost)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 6)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.bar)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.bar.restyle(theme)
        self.show_plan(self._plan)

    def show_plan(self, plan: Plan | None) -> None:
        """Show a plan; None: there is none while something is wrong or being looked up."""
        self._plan = plan
        title = words.translate("Budget", "Planned wait")
        if plan is None:
            self.wait.setText(f"<b>{title}</b> &nbsp; –")
            self.cost.clear()
            self.bar.show_spans((), 0.0)
            return
        which = band(plan.total_ms)
        color = self._theme.band[which].name()
        at_least = "≥ " if plan.lower_bound else ""
        time = f"{words.band_sign(which)} <b>{at_least}{words.milliseconds(plan.total_ms)}</b> {words.band_name(which)}"
        self.wait.setText(f'<b>{title}</b> &nbsp; <span style="color:{color}">{time}</span>')
        missing = words.translate("Budget", "The time of a part is not known; the answer takes longer.")
        self.wait.setToolTip(missing if plan.lower_bound else "")
        self._show_cost(plan.cost)
        self.bar.show_spans(plan.contiguous(), plan.total_ms)

    def _show_cost(self, cost: PlannedCost) -> None:
        at_least = "≥ " if cost.unpriced else ""
        a_minute = words.translate("Budget", "{cost} a minute")
        self.cost.setText(a_minute.format(cost=f"<b>{at_least}{words.dollars(cost.usd)}</b>"))
        lines = [
            f"{words.stage(stage)}: {a_minute.format(cost=words.dollars(usd))}" for stage, usd in cost.stages.items()
        ]
        not_known = words.translate("Budget", "{stage}: price not known")
        lines += [not_known.format(stage=words.stage(stage)) for stage in cost.unpriced]
        self.cost.setToolTip("\n".join([*lines, _rests_on(cost.assumptions)]))


def _rests_on(call: Assumptions) -> str:
    """The typical call that a planned cost is of."""
    sentence = words.translate(
        "Budget", "For a call of {minutes} minutes, {turns} turns a minute: the user talks {user}, the agent {agent}."
    )
    return sentence.format(
        minutes=f"{call.call_minutes:g}",
        turns=f"{call.turns_a_minute:g}",
        user=f"{call.user_share:.0%}",
        agent=f"{call.agent_share:.0%}",
    )
