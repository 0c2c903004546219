"""Class imbalance: probabilities for test rows whose class prior differs from that of the training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from competitions.class_imbalance.prior import counted_prior, given_prior
from competitions.class_imbalance.sample import write_sample
from core import folds
from core.competition import Competition
from core.dataset import Dataset, tabular_table
from core.edition import Edition, HostRef, Option
from core.errors import Refusal
from core.estimators.catboost import CatBoostClassifier
from core.estimators.lightgbm import LightGBMClassifier
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.folds import Folds
from core.member import Member
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.predictions import MemberPredictions
from core.priors import prior_weights
from core.reading import read_csv, refuse_unknown, some
from core.submission import PROBABILITIES, Layout
from core.table import Table, join_ids, refuse_other_ids

ID, TARGET, SUFFIX = "row_id", "diagnosis", "_diagnosis_probability"
FOLDS = 5


class ClassImbalance(Competition):
    """Multi-class log loss on rows nearer to balance than the training rows (ADDI layout, any classes)."""

    slug = "class-imbalance"
    host = HostRef("aicrowd", "addi-alzheimers-detection-challenge")
    editions = (
        Edition(
            "addi-2021",
            metric=LOG_LOSS,
            files=("train.csv", "test.csv", "sample_submission.csv"),
            rules=PROBABILITIES,
        ),
    )
    settings: ClassVar[Mapping[str, Option]] = {
        "prior": Option("class shares of the test rows, as class:share,… ; otherwise counted in the validation file")
    }

    def load(self, folder: Path) -> Dataset:
        train_file, test_file, sample_file = (
            folder / name for name in ("train.csv", "test.csv", "sample_submission.csv")
        )
        sample = read_csv(sample_file, text=[ID], unique=[ID])
        classes = [column.removesuffix(SUFFIX) for column in sample.columns if column.endswith(SUFFIX)]
        if len(classes) < 2 or len(classes) != len(sample.columns) - 1:
            raise Refusal(
                f"{sample_file}, row 1: the columns are {some(list(sample.columns))}",
                "use the host's sample submission",
                expected=f"{ID} and one <class>{SUFFIX} for each of two or more classes",
            )
        if self.options["prior"]:
            given_prior(self.options["prior"], classes)  # refused before anything is written
        train = read_csv(train_file, text=[ID, TARGET], unique=[ID])
        refuse_unknown(train, TARGET, classes, train_file)
        _enough_rows(train, classes, train_file)
        test = read_csv(test_file, text=[ID], unique=[ID])
        dataset = Dataset.tabular(
            train,
            test,
            sample,
            target=TARGET,
            id_columns=[ID],
            outputs=classes,
            files=(str(train_file), str(test_file), str(sample_file)),
        )
        return replace(dataset, extra=_validation(folder, classes, list(dataset.fit.X.columns)))

    def load_test(self, folder: Path, outputs: Sequence[str]) -> Table:
        path = folder / "test.csv"
        test = read_csv(path, text=[ID], unique=[ID])
        return tabular_table(test, [name for name in test.columns if name not in (ID, TARGET)], [ID], name=str(path))

    def schemes(self, dataset: Dataset) -> list[Folds]:
        imitates = "test rows drawn at random within each class; the class shares are matched by the row weights"
        return [folds.stratified(dataset, FOLDS, imitates=imitates), folds.random(dataset, FOLDS)]

    def objective(self, dataset: Dataset, pilot: Callable[[str], MemberPredictions]) -> Objective:
        """Every row counts test share / train share of its class, so that the score is one under the test prior."""
        y = dataset.score.truth()
        assert isinstance(y, pd.Series)
        return Objective(self.edition.metric, prior_weights(y, dataset.outputs, self.test_prior(dataset)))

    def test_prior(self, dataset: Dataset) -> pd.Series:
        """The class shares of the test rows, in the order of the outputs."""
        if self.options["prior"]:
            return given_prior(self.options["prior"], dataset.outputs)
        if "validation" not in dataset.extra:
            raise Refusal(
                "the test prior is unknown: there is no labelled validation file",
                "put validation.csv and validation_ground_truth.csv beside train.csv, or give the shares with"
                f" --option prior={','.join(f'{name}:…' for name in dataset.outputs)}",
            )
        validation = dataset.extra["validation"].truth()
        assert isinstance(validation, pd.Series)
        return counted_prior(validation, dataset.outputs)

    def members(self, dataset: Dataset) -> list[Member]:
        lightgbm, catboost = _lightgbm, _catboost
        return [
            Member("lightgbm", partial(_corrected, lightgbm, "none"), LIGHTGBM, search_lightgbm),
            Member("lightgbm-weights", partial(_corrected, lightgbm, "weights"), LIGHTGBM, search_lightgbm),
            Member("lightgbm-undersampled", partial(_corrected, lightgbm, "undersample"), LIGHTGBM, search_lightgbm),
            Member("linear", partial(_corrected, _linear, "none"), {"C": 0.1}, search_linear, seeded=False),
            Member("catboost-undersampled", partial(_corrected, catboost, "undersample"), CATBOOST, search_catboost),
            Member("catboost-weights", partial(_corrected, catboost, "weights"), CATBOOST, search_catboost),
            Member("catboost", partial(_corrected, catboost, "none"), CATBOOST, search_catboost),
        ]

    def finish(self, predictions: pd.DataFrame, test: Table, layout: Layout) -> pd.DataFrame:
        """Clip to 1e-6, since log loss forgives no zero, and let each row sum to 1."""
        clipped = predictions.clip(1e-6)
        shares = clipped.div(clipped.sum(axis=1), axis=0)
        return super().finish(shares.add_suffix(SUFFIX), test, layout)

    def sample(self, folder: Path, seed: int = 0) -> None:
        write_sample(folder, seed)


LIGHTGBM = {"n_estimators": 150, "learning_rate": 0.04, "num_leaves": 15, "min_child_samples": 20, "reg_lambda": 1.0}
CATBOOST = {"n_estimators": 250, "learning_rate": 0.06, "depth": 5, "l2_leaf_reg": 3.0}

Params = Mapping[str, Any]


def _linear(params: Params, seed: int) -> LinearClassifier:
    return LinearClassifier(**params)


def _lightgbm(params: Params, seed: int) -> LightGBMClassifier:
    return LightGBMClassifier(**params, random_state=seed)


def _catboost(params: Params, seed: int) -> CatBoostClassifier:
    return CatBoostClassifier(**params, random_state=seed)


def _corrected(build: Callable[[Params, int], Any], balance: Any, params: Params, seed: int) -> Any:
    return PriorCorrectedClassifier(build(params, seed), balance, random_state=seed)


def search_linear(trial: Any) -> dict[str, Any]:
    return {"C": trial.suggest_float("C", 1e-3, 10, log=True)}


def search_lightgbm(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 400, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 100, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.01, 30, log=True),
    }


def search_catboost(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 100, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        "depth": trial.suggest_int("depth", 3, 7),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 30, log=True),
    }


def _validation(folder: Path, classes: Sequence[str], features: Sequence[str]) -> dict[str, Table]:
    """The labelled validation rows, where the folder has them."""
    inputs, truth = folder / "validation.csv", folder / "validation_ground_truth.csv"
    if not inputs.exists() and not truth.exists():
        return {}
    for path, beside in ((inputs, truth), (truth, inputs)):
        if not path.exists():
            raise Refusal(
                f"{path}: no such file, though {beside.name} is there",
                f"put both into the folder, or take {beside.name} away and give --option prior=class:share,…",
            )
    rows = read_csv(inputs, text=[ID], unique=[ID], required=features)
    labels = read_csv(truth, text=[ID, TARGET], unique=[ID])
    refuse_unknown(labels, TARGET, classes, truth)
    refuse_other_ids(
        join_ids(labels, [ID]),
        join_ids(rows, [ID]),
        name=str(truth),
        other=inputs.name,
        way_out="download both files again",
    )
    joined = rows.drop(columns=TARGET, errors="ignore").merge(labels[[ID, TARGET]], on=ID, validate="one_to_one")
    return {"validation": tabular_table(joined, features, [ID], target=TARGET, name=str(inputs))}


def _enough_rows(train: pd.DataFrame, classes: Sequence[str], path: Path) -> None:
    """Each class of the answer is there to be learnt, in every fold."""
    counts = train[TARGET].value_counts().reindex(list(classes), fill_value=0)
    if counts.min() < FOLDS:
        raise Refusal(
            f"{path}, column {TARGET!r}: class {counts.idxmin()!r} has {counts.min()} rows, fewer than {FOLDS} folds",
            "is this the whole file, and the sample submission of the same edition? download both again",
            expected=f"{FOLDS} or more rows of each of {some(list(classes))}",
        )
