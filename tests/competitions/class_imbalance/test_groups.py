"""Groups that the user names: refused, made a key, weighted, shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from competitions.class_imbalance.competition import TARGET
from competitions.class_imbalance.groups import KEY, SHOWN, explain_groups, weight_by_group, with_groups, with_key
from competitions.class_imbalance.prior import PILOT, QUICK
from core.dataset import Dataset
from core.errors import Refusal
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.priors import Prior, class_shares
from core.table import Table
from tests.competitions.class_imbalance.tables import ExactPilot, drawn, world

#: Class shares of the test rows of each site: b, a.
UNLIKE = {"north": [0.3, 0.7], "south": [0.9, 0.1]}
SIZES = {"train": {"b": 600, "a": 200}, "test": {"b": 300, "a": 200}}
OVERALL = Prior.known(["b", "a"], [0.6, 0.4])


def sited(labels: pd.Series, joint: dict[str, list[float]] | None, seed: int) -> list[str]:
    """A site for each row, by chance alone or so that the sites have these class shares."""
    rng, sites = np.random.default_rng(seed), ["north", "south"]
    if joint is None:
        return list(rng.choice(sites, len(labels)))
    of_class = {name: np.array([joint[site][k] for site in sites]) for k, name in enumerate("ba")}
    return [rng.choice(sites, p=of_class[name] / of_class[name].sum()) for name in labels]


def with_column(table: Table, values: object, name: str = "site") -> Table:
    return replace(table, X=table.X.assign(**{name: values}))


def data(validation: dict[str, int] | None = None, **columns: object) -> Dataset:
    """Rows of two sites, alike among the fitted rows and unlike in the test; or of other columns."""
    dataset = world(**SIZES, validation=validation, apart=3.0)
    truth = drawn(SIZES["test"], 1, "t", 3.0)[TARGET]  # what `world` draws
    fit = with_column(dataset.fit, columns.get("fit", sited(dataset.fit.labels(), None, 0)))
    test = with_column(dataset.test, columns.get("test", sited(truth, UNLIKE, 1)))
    extra = {name: with_column(t, sited(t.labels(), UNLIKE, 2)) for name, t in dataset.extra.items()}
    return replace(dataset, fit=fit, score=fit, test=test, extra=extra)


def test_the_column_becomes_a_key_of_every_table_and_stays_a_feature() -> None:
    before = data({"b": 30, "a": 20})
    dataset = with_groups(before, "site")
    assert dataset.fits_on_score_rows
    for table in (dataset.fit, dataset.score, dataset.test, dataset.extra["validation"]):
        assert table.keys[KEY].tolist() == table.X["site"].tolist()
    assert set(dataset.fit.keys) == {KEY, *before.fit.keys}


@pytest.mark.parametrize(
    ("column", "more", "said"),
    [
        ("place", {}, "no such column in both"),
        ("x", {}, "a number with 800 values"),
        ("site", {"fit": np.arange(800) % 51, "test": np.arange(500) % 2}, "a number with 51 values"),
        ("site", {"fit": [f"s{k}" for k in range(800)]}, "0 of the groups"),
        ("site", {"test": ["north"] * 500}, "1 of the groups"),
        ("site", {"test": ["north"] * 471 + ["south"] * 29}, "1 of the groups"),
        ("site", {"fit": ["north"] * 800}, "1 of the groups"),
        ("site", {"fit": [None] * 800, "test": [None] * 500}, "0 of the groups"),
    ],
)
def test_a_column_that_makes_no_groups_is_refused(column: str, more: dict, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        with_groups(data(**more), column)
    assert f"--option groups={column}" in caught.value.problem
    assert caught.value.way_out


@pytest.mark.parametrize("test", [["north"] * 470 + ["south"] * 30, ["north"] * 460 + ["south"] * 30 + [None] * 10])
def test_two_groups_of_thirty_test_rows_are_enough(test: list) -> None:
    keys = with_groups(data(test=test), "site").test.keys[KEY]
    assert keys.dropna().tolist() == [name for name in test if name]


def test_fifty_numbers_are_groups() -> None:
    dataset = data(fit=np.arange(800) % 50, test=np.arange(500) % 2)
    assert with_groups(dataset, "site").fit.keys[KEY].nunique() == 50


def test_new_rows_without_the_column_and_a_feature_called_as_the_key_are_refused() -> None:
    table = data().test
    with pytest.raises(Refusal, match="no such column"):
        with_key(replace(table, X=table.X[["x"]]), "site")
    with pytest.raises(Refusal, match="'prior group'"):
        with_key(with_column(table, 1, KEY), "site")


# --- weights


class Pilot(ExactPilot):
    """It may be asked for with the parameters of a quick pilot alone."""

    def __call__(self, name: str, **params: object) -> MemberPredictions:
        assert params == QUICK
        return super().__call__(name)


def weighed(dataset: Dataset, **more: bool) -> tuple[dict[str, np.ndarray], str, Pilot]:
    """The class shares of each site as the score counts them."""
    pilot = Pilot(dataset, apart=3.0)
    weight, said = weight_by_group(dataset, OVERALL, pilot, **more)
    assert weight.index.equals(dataset.score.ids)
    sites, y = dataset.score.keys[KEY], dataset.score.labels()
    shares = {name: class_shares(y[sites == name], dataset.outputs, weight[sites == name]) for name in UNLIKE}
    return shares, said, pilot


def test_each_site_counts_by_a_prior_of_its_own() -> None:
    shares, said, pilot = weighed(with_groups(data(), "site"))
    assert shares["north"] == pytest.approx(UNLIKE["north"], abs=0.09)
    assert shares["south"] == pytest.approx(UNLIKE["south"], abs=0.09)
    assert pilot.asked == [PILOT]
    assert said.startswith("the test prior is estimated in each of 2 groups, 2 of them with 30 test rows or more")
    assert "drawn to the fitted shares of the group, moved as in all rows" in said


def test_rows_that_were_not_predicted_are_left_out_of_the_estimate_and_weigh() -> None:
    dataset = with_groups(data(), "site")
    weight, _ = weight_by_group(dataset, OVERALL, Pilot(dataset, apart=3.0, rows=range(0, 800, 2)))
    whole, _ = weight_by_group(dataset, OVERALL, Pilot(dataset, apart=3.0))
    assert np.isfinite(weight).all()
    assert 0 < np.abs(weight - whole).max() < 0.25 * whole.max()


def test_labelled_validation_rows_count_in_their_group_unless_told_not_to() -> None:
    dataset = data({"b": 60, "a": 40})
    # The labels say the contrary of the features, to be seen.
    labels = dataset.extra["validation"].labels()
    contrary = sited(labels, {"north": [0.99, 0.01], "south": [0.01, 0.99]}, 0)
    labelled = {"validation": with_column(dataset.extra["validation"], contrary)}
    dataset = with_groups(replace(dataset, extra=labelled), "site")
    counted, left_out = (weighed(dataset, labelled=choice)[0] for choice in (True, False))
    assert counted["north"][0] > left_out["north"][0] + 0.05
    assert counted["south"][0] < left_out["south"][0] - 0.05


# --- the table


def shown(dataset: Dataset, weight: pd.Series) -> tuple[tuple, tuple[str, ...]]:
    objective, every = Objective(LOG_LOSS, weight), np.full((len(dataset.score), 2), 0.5)
    judge = objective.judge(dataset)
    nothing = frozenset()
    made = Outcome(dataset, objective, judge, None, (0,), {}, nothing, nothing, every, every[: len(dataset.test)])
    exhibit = explain_groups(made)
    assert exhibit.columns == ("group", "fitted rows", "test rows", *dataset.outputs)
    return exhibit.rows, exhibit.notes


def test_the_table_shows_rows_and_shares_of_each_group_the_largest_first() -> None:
    test = ["south"] * 300 + ["north"] * 150 + ["new"] * 40 + [None] * 10
    dataset = with_groups(data(fit=["north"] * 200 + ["south"] * 600, test=test), "site")
    weight = pd.Series(np.where(dataset.score.labels() == "a", 3.0, 1.0), index=dataset.score.ids)
    rows, notes = shown(dataset, weight)
    assert [row[:3] for row in rows] == [("south", 600, 300), ("north", 200, 150), ("new", 0, 40)]
    own = dataset.score.labels()[dataset.score.keys[KEY] == "south"]
    share = (own == "b").mean()
    assert rows[0][3] == f"{share:.3f} → {share / (share + 3 * (1 - share)):.3f}"
    assert rows[2][3:] == (None, None)
    assert any(note.startswith("50 test rows are of no group that train has") for note in notes)
    assert any(note.startswith("–") for note in notes)


def test_the_table_shows_no_more_than_the_largest_groups() -> None:
    dataset = with_groups(
        data(fit=np.arange(800) % 30, test=np.r_[np.zeros(40), np.ones(40), np.arange(420) % 30]), "site"
    )
    rows, notes = shown(dataset, pd.Series(1.0, index=dataset.score.ids))
    assert len(rows) == SHOWN
    assert "10 smaller groups are not shown" in notes
    assert not any("no group" in note for note in notes)
