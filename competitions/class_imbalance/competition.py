"""Class imbalance: probabilities for test rows whose class prior differs from that of the training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pandas as pd

from competitions.class_imbalance.diagnostics import alike, features_moved, told_apart
from competitions.class_imbalance.extras import as_sent, explain
from competitions.class_imbalance.groups import KEY, explain_groups, weight_by_group, with_groups, with_key
from competitions.class_imbalance.members import roster
from competitions.class_imbalance.prior import WAYS, contradicted, from_features, given_prior, is_natural, known_priors
from competitions.class_imbalance.sample import write_sample
from competitions.class_imbalance.validation import is_validation, with_validation
from core import folds
from core.competition import Competition
from core.dataset import Dataset, tabular_table
from core.decision import Decision
from core.edition import Edition, HostRef, Option
from core.errors import Refusal
from core.exhibit import Exhibit
from core.folds import Folds
from core.group_correction import GroupCorrection
from core.member import Member
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.priors import Prior, prior_weights
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
        "prior": Option(
            "class shares of the test rows, as class:share,… ; or validation (counted), estimate (from the features of"
            " the test rows) or joint (from both, the default where there is a labelled validation file, unless the two"
            " contradict each other)"
        ),
        "groups": Option("a column whose values each have a test prior of their own"),
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
        if self.options["prior"] and self.options["prior"] not in WAYS:
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
        validation = _validation(folder, classes, list(dataset.fit.X.columns))
        dataset = with_validation(dataset, validation, str(train_file), str(folder / "validation.csv"))
        return with_groups(dataset, self.options["groups"]) if self.options["groups"] else dataset

    def load_test(self, folder: Path, outputs: Sequence[str]) -> Table:
        path = folder / "test.csv"
        test = read_csv(path, text=[ID], unique=[ID])
        features = [name for name in test.columns if name not in (ID, TARGET)]
        table = tabular_table(test, features, [ID], name=str(path))
        return with_key(table, self.options["groups"], str(path)) if self.options["groups"] else table

    def schemes(self, dataset: Dataset) -> list[Folds]:
        imitates = "test rows drawn at random within each class; the class shares are matched by the row weights"
        return [folds.stratified(dataset, FOLDS, imitates=imitates), folds.random(dataset, FOLDS)]

    def objective(self, dataset: Dataset, pilot: Callable[..., MemberPredictions]) -> Objective:
        """Every row counts test share / fitted share of its class, so that the score is one under the test prior.

        Where the prior is estimated and its interval holds the shares of train, nothing is corrected.
        """
        y = dataset.score.labels()
        priors, notes = known_priors(self.options["prior"] or None, dataset, pilot)
        prior = priors[0]
        notes = (*notes, *self._about_features(dataset, priors))
        if self.options["groups"]:
            weight, said = weight_by_group(dataset, prior, pilot, labelled=self.options["prior"] != "estimate")
            return Objective(self.edition.metric, weight, priors=priors, notes=(*notes, said))
        if is_natural(prior, y[~is_validation(dataset.fit)]):
            said = "the interval of the test prior holds the class shares of train: nothing is corrected"
            return Objective(self.edition.metric, priors=priors, notes=(*notes, said))
        return Objective(
            self.edition.metric, prior_weights(y, dataset.outputs, prior.shares), priors=priors, notes=notes
        )

    def _about_features(self, dataset: Dataset, priors: Sequence[Prior]) -> tuple[str, ...]:
        """Whether features moved too; where labels and features contradict each other, under what the features say."""
        own = from_features(priors)
        if own is None or not contradicted(priors):
            return (features_moved(told_apart(dataset, priors[0]), labelled="validation" in dataset.extra),)
        told = told_apart(dataset, own)
        if told is None or not alike(told):
            return (features_moved(told, labelled=False),)
        return (
            "under the prior that the features say, test rows are not told from train rows (area under the curve"
            f" {told.area:.3f} ± {told.error:.3f}): the validation rows were not drawn like the test rows; use"
            " --option prior=estimate",
        )

    def members(self, dataset: Dataset) -> list[Member]:
        return roster()

    def extras(self, outcome: Outcome) -> list[Exhibit]:
        grouped = bool(self.options["groups"])
        return [*explain(outcome, grouped=grouped), *([explain_groups(outcome)] if grouped else [])]

    def decision(self) -> Decision | None:
        """Where groups have priors of their own, they are corrected after the blend."""
        return GroupCorrection(KEY) if self.options["groups"] else None

    def finish(self, predictions: pd.DataFrame, test: Table, layout: Layout) -> pd.DataFrame:
        """Clip to 1e-6, since log loss forgives no zero, and let each row sum to 1."""
        sent = as_sent(predictions.to_numpy(dtype=float))
        shares = pd.DataFrame(sent, index=predictions.index, columns=predictions.columns)
        return super().finish(shares.add_suffix(SUFFIX), test, layout)

    def sample(self, folder: Path, seed: int = 0) -> None:
        write_sample(folder, seed)


def _validation(folder: Path, classes: Sequence[str], features: Sequence[str]) -> Table | None:
    """The labelled validation rows, where the folder has them."""
    inputs, truth = folder / "validation.csv", folder / "validation_ground_truth.csv"
    if not inputs.exists() and not truth.exists():
        return None
    for path, beside in ((inputs, truth), (truth, inputs)):
        if not path.exists():
            raise Refusal(
                f"{path}: no such file, though {beside.name} is there",
                f"put both into the folder, or take {beside.name} away: the prior is then estimated from the features"
                " of the test rows, unless you give it with --option prior=class:share,…",
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
    return tabular_table(joined, features, [ID], target=TARGET, name=str(inputs))


def _enough_rows(train: pd.DataFrame, classes: Sequence[str], path: Path) -> None:
    """Each class of the answer is there to be learnt, in every fold."""
    counts = train[TARGET].value_counts().reindex(list(classes), fill_value=0)
    if counts.min() < FOLDS:
        raise Refusal(
            f"{path}, column {TARGET!r}: class {counts.idxmin()!r} has {counts.min()} rows, fewer than {FOLDS} folds",
            "is this the whole file, and the sample submission of the same edition? download both again",
            expected=f"{FOLDS} or more rows of each of {some(list(classes))}",
        )
