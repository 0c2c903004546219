"""A first look at predictions, for an objective that depends on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.cross_validation import cross_validate
from core.fitting import Fitting
from core.member import with_needs
from core.plan import WorkItem
from core.predictions import MemberPredictions
from core.workbench import Workbench


@dataclass(frozen=True)
class Pilot:
    """Fits a member when it is first asked for, by default parameters and under the plain metric.

    Parameters
    ----------
    before: done before the first fit, since from then on the user waits.
    """

    bench: Workbench
    fitting: Fitting
    before: Callable[[], None] = lambda: None

    def __call__(self, member: str, **params: Any) -> MemberPredictions:
        """Out-of-fold and test predictions of a member; its fits must end, whatever the budget.

        Parameters
        ----------
        params: of the member, where they are not its defaults: a pilot may be quicker.
        """
        self.before()
        members = self.bench.members
        items = [
            WorkItem(name, 0, {**members[name].defaults, **(params if name == member else {})}, must=True)
            for name in with_needs([member], members)
        ]
        return cross_validate(self.bench, items, self.fitting).predictions[member]
