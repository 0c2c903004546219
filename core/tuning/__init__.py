"""Search members' parameters on the very folds of the final models; every completed trial may join the blend."""

from core.tuning.nested import NestedScore, tune_nested
from core.tuning.studies import Studies, journal_of
from core.tuning.summary import Tuned
from core.tuning.tune import tunable, tune

__all__ = ["NestedScore", "Studies", "Tuned", "journal_of", "tunable", "tune", "tune_nested"]
