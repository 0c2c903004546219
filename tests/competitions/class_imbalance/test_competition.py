"""Class imbalance on a few rows: what is refused, how rows count, and how the answer is finished."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from competitions.class_imbalance.competition import ID, SUFFIX, TARGET, ClassImbalance
from competitions.class_imbalance.members import LIGHTGBM
from core.errors import Refusal
from core.estimators.constant import ConstantClassifier
from core.exhibit import Exhibit
from core.member import Member
from core.priors import class_shares
from core.reading import read_csv
from core.road import run
from core.settings import Settings
from tests.competitions.class_imbalance.tables import (
    CLASSES,
    ExactPilot,
    drawn,
    frames,
    no_pilot,
    world,
    written,
)

VALIDATION_FILES = ("validation", "validation_ground_truth")


def load(folder, **changed):
    return ClassImbalance().load(written(folder, **changed))


# --- load


def test_the_outputs_are_the_classes_in_the_order_of_the_sample_submission(tmp_path):
    dataset = load(tmp_path)
    assert dataset.outputs == tuple(CLASSES)
    assert list(dataset.fit.X.columns) == ["number", "name"]
    assert dataset.extra["validation"].ids.tolist() == frames()["validation"][ID].tolist()
    assert dataset.extra["validation"].y.tolist() == frames()["validation_ground_truth"][TARGET].tolist()


def test_validation_truth_is_matched_by_id(tmp_path):
    truth = frames()["validation_ground_truth"]
    found = load(tmp_path, validation_ground_truth=truth.sample(frac=1, random_state=0)).extra["validation"].y
    assert found.to_dict() == dict(zip(truth[ID], truth[TARGET], strict=True))


def test_an_unknown_class_is_refused_with_its_row(tmp_path):
    train = frames()["train"]
    train.loc[7, TARGET] = "unwell"
    with pytest.raises(Refusal, match=r"train\.csv, row 9, column 'diagnosis': unknown class 'unwell'") as caught:
        load(tmp_path, train=train)
    assert caught.value.expected == "one of sick, well, ill"


def test_an_unknown_class_in_the_validation_truth_is_refused(tmp_path):
    truth = frames()["validation_ground_truth"]
    truth.loc[0, TARGET] = "Sick"
    with pytest.raises(Refusal, match=r"validation_ground_truth\.csv, row 2"):
        load(tmp_path, validation_ground_truth=truth)


@pytest.mark.parametrize(
    "change",
    [
        lambda truth: truth.iloc[1:],
        lambda truth: truth.assign(**{ID: ["zz", *truth[ID][1:]]}),
        lambda truth: pd.concat([truth, truth.iloc[:1]]),
    ],
)
def test_validation_ids_that_do_not_match_are_refused(tmp_path, change):
    with pytest.raises(Refusal, match=r"ground_truth\.csv: 1 ids are missing, such as '00'|row_id '00' occurs again"):
        load(tmp_path, validation_ground_truth=change(frames()["validation_ground_truth"]))


def test_a_validation_row_that_stands_twice_in_both_files_is_refused(tmp_path):
    rows, truth = frames()["validation"], frames()["validation_ground_truth"]
    twice = {"validation": rows, "validation_ground_truth": truth}
    with pytest.raises(Refusal):
        load(tmp_path, **{name: pd.concat([frame, frame.iloc[:1]]) for name, frame in twice.items()})


def test_a_validation_file_without_a_feature_is_refused(tmp_path):
    with pytest.raises(Refusal, match="number"):
        load(tmp_path, validation=frames()["validation"].drop(columns="number"))


def test_labels_in_the_validation_inputs_do_no_harm(tmp_path):
    labelled = frames()["validation"].merge(frames()["validation_ground_truth"], on=ID)
    found = load(tmp_path, validation=labelled).extra["validation"]
    assert found.y.tolist() == frames()["validation_ground_truth"][TARGET].tolist()
    assert list(found.X.columns) == ["number", "name"]


def test_a_class_of_fewer_rows_than_folds_is_refused(tmp_path):
    train = frames()["train"]
    few = train[(train[TARGET] != "ill") | (train[TARGET] == "ill").cumsum().between(1, 4)]
    with pytest.raises(Refusal, match=r"train\.csv, column 'diagnosis': class 'ill' has 4 rows, fewer than 5 folds"):
        load(tmp_path, train=few)


def test_a_class_without_a_row_is_refused(tmp_path):
    train = frames()["train"]
    with pytest.raises(Refusal, match=r"train\.csv, column 'diagnosis': class 'ill' has 0 rows"):
        load(tmp_path, train=train[train[TARGET] != "ill"])


@pytest.mark.parametrize("name", ["train", "test"])
def test_text_among_the_numbers_of_one_file_is_refused_with_the_file(tmp_path, name):
    frame = frames()[name].astype({"number": object})
    frame.loc[3, "number"] = "n/k"
    with pytest.raises(Refusal, match=rf"{name}\.csv, row id '[rt0]*3', column 'number': 'n/k' stands where"):
        load(tmp_path, **{name: frame})


def test_test_rows_that_the_sample_submission_lacks_are_refused(tmp_path):
    with pytest.raises(Refusal, match=r"test\.csv: 2 ids are unknown, such as 't0'") as caught:
        load(tmp_path, sample_submission=frames()["sample_submission"].iloc[:4])
    assert "sample_submission.csv" in caught.value.expected


def test_a_malformed_prior_is_refused_when_the_data_are_read(tmp_path):
    with pytest.raises(Refusal, match="no share for class 'ill'"):
        ClassImbalance(options={"prior": "sick:0.5,well:0.5"}).load(written(tmp_path))


@pytest.mark.parametrize("missing", ["validation", "validation_ground_truth"])
def test_half_a_validation_set_is_refused(tmp_path, missing):
    with pytest.raises(Refusal, match=f"{missing}.csv: no such file"):
        ClassImbalance().load(written(tmp_path, without=(missing,)))


@pytest.mark.parametrize(
    "columns",
    [
        [ID, "sick" + SUFFIX],
        [ID, "sick", "well", "ill"],
        [ID, "sick" + SUFFIX, "well" + SUFFIX, "ill"],
        [ID],
    ],
)
def test_odd_columns_of_the_sample_submission_are_refused(tmp_path, columns):
    sample = pd.DataFrame({name: ["t0"] if name == ID else [0.5] for name in columns})
    with pytest.raises(Refusal, match="the columns are") as caught:
        load(tmp_path, sample_submission=sample)
    assert SUFFIX in caught.value.expected


def test_new_rows_need_no_training_file(tmp_path):
    frames()["test"].to_csv(tmp_path / "test.csv", index=False)
    found = ClassImbalance().load_test(tmp_path, CLASSES)
    assert found.ids.tolist() == frames()["test"][ID].tolist()
    assert list(found.X.columns) == ["number", "name"]


# --- the test prior


def test_row_weights_give_each_class_its_share_of_the_test(tmp_path):
    competition = ClassImbalance(options={"prior": "well:0.2,ill:0.5,sick:0.3"})
    dataset = competition.load(written(tmp_path))
    weight = competition.objective(dataset, no_pilot).weight
    assert class_shares(dataset.score.y, CLASSES, weight) == pytest.approx([0.3, 0.2, 0.5])
    assert weight.mean() == pytest.approx(1)
    assert weight.groupby(dataset.score.y).nunique().tolist() == [1, 1, 1]


@pytest.mark.parametrize("order", [["sick", "well", "ill"], ["ill", "sick", "well"]])
def test_weights_follow_the_classes_by_name_whatever_their_order(tmp_path, order):
    sample = frames()["sample_submission"][[ID, *(name + SUFFIX for name in order)]]
    competition = ClassImbalance(options={"prior": "well:0.2,ill:0.5,sick:0.3"})
    dataset = competition.load(written(tmp_path, sample_submission=sample))
    objective = competition.objective(dataset, no_pilot)
    assert dataset.outputs == objective.priors[0].classes == tuple(order)
    labels = dataset.score.y
    for name, share in {"well": 0.2, "ill": 0.5, "sick": 0.3}.items():
        own = share / (labels == name).mean()
        assert objective.weight[labels == name].to_numpy() == pytest.approx(own)


def test_the_fitted_shares_count_the_validation_rows(tmp_path):
    """They are among the rows that are scored, so that weights start from the shares of both files."""
    competition = ClassImbalance(options={"prior": "sick:0.3,well:0.2,ill:0.5"})
    dataset = competition.load(written(tmp_path))
    weight = competition.objective(dataset, no_pilot).weight
    assert weight.index.tolist() == dataset.score.ids.tolist()
    assert set(frames()["validation"][ID]) < set(weight.index)
    assert weight["00"] == pytest.approx(0.3 / (14 / 70))


def test_a_given_prior_goes_before_the_counted_one(tmp_path):
    competition = ClassImbalance(options={"prior": "sick:10,well:80,ill:10"})
    (prior,) = competition.objective(competition.load(written(tmp_path)), no_pilot).priors
    assert prior.shares.tolist() == [0.1, 0.8, 0.1]
    assert prior.source == "given"


def test_a_given_prior_of_the_shares_of_train_is_corrected_to_all_the_same(tmp_path):
    competition = ClassImbalance(options={"prior": "sick:16.67,well:66.67,ill:16.67"})
    dataset = competition.load(written(tmp_path))
    weight = competition.objective(dataset, no_pilot).weight
    assert weight is not None
    assert class_shares(dataset.score.y, CLASSES, weight) == pytest.approx([1 / 6, 4 / 6, 1 / 6], abs=1e-3)


def test_where_the_interval_holds_the_shares_of_train_nothing_is_corrected():
    counts = {"b": 60, "a": 40}
    dataset = world(counts, {"b": 30, "a": 20}, {"b": 30, "a": 20})
    for option in ("validation", ""):
        objective = ClassImbalance(options={"prior": option}).objective(dataset, ExactPilot(dataset))
        assert objective.weight is None
        assert objective.notes[-1].endswith("holds the class shares of train: nothing is corrected")
        assert objective.priors[0].covers([0.6, 0.4])


def test_the_shares_of_train_alone_say_whether_to_correct():
    """Very many validation rows make the fitted shares those of the test; those of train still differ."""
    dataset = world({"b": 20, "a": 20}, {"b": 50, "a": 50}, {"b": 900, "a": 100})
    objective = ClassImbalance(options={"prior": "validation"}).objective(dataset, no_pilot)
    assert objective.priors[0].covers(class_shares(dataset.fit.labels(), ("b", "a")))
    assert objective.weight is not None


def test_an_estimate_corrects_where_there_is_no_validation_file():
    dataset = world({"b": 360, "a": 40}, {"b": 100, "a": 200})
    pilot = ExactPilot(dataset)
    objective = ClassImbalance().objective(dataset, pilot)
    assert pilot.asked == ["lightgbm"]
    assert class_shares(dataset.score.labels(), ("b", "a"), objective.weight) == pytest.approx(
        objective.priors[0].shares
    )
    assert objective.priors[0].covers([1 / 3, 2 / 3])
    assert "no labelled validation file" in objective.notes[0]
    assert "told from train rows" in objective.notes[-1]


@pytest.mark.parametrize("way", ["validation", "joint"])
def test_a_way_that_needs_labels_is_refused_without_them(tmp_path, way):
    competition = ClassImbalance(options={"prior": way})
    dataset = competition.load(written(tmp_path, without=VALIDATION_FILES))
    with pytest.raises(Refusal, match="there is no labelled validation file"):
        competition.objective(dataset, no_pilot)


# --- no leak


def test_labels_of_validation_reach_nothing_but_prior_rows_to_fit_and_check(tmp_path):
    """With the prior given, other labels change the truth of these very rows, the weights by class and no more."""
    competition = ClassImbalance(options={"prior": "sick:0.3,well:0.2,ill:0.5"})
    truth = frames()["validation_ground_truth"]
    other = truth.assign(**{TARGET: ["ill"] * 10})
    one, two = (
        competition.load(written(tmp_path / name, validation_ground_truth=labels))
        for name, labels in (("one", truth), ("two", other))
    )
    pd.testing.assert_frame_equal(one.fit.X, two.fit.X)
    pd.testing.assert_frame_equal(one.fit.keys, two.fit.keys)
    pd.testing.assert_frame_equal(one.test.X, two.test.X)
    assert one.test.y is two.test.y is None
    changed = one.fit.ids[(one.fit.y != two.fit.y).to_numpy()]
    assert set(changed) == set(truth[ID][truth[TARGET] != "ill"])
    objectives = [competition.objective(dataset, no_pilot) for dataset in (one, two)]
    assert objectives[0].notes == objectives[1].notes  # those of the diagnostics too
    assert all((objective.weight.groupby(dataset.fit.y).nunique() == 1).all()
               for objective, dataset in zip(objectives, (one, two), strict=True))  # fmt: skip


def test_no_member_reads_the_validation_file(tmp_path):
    dataset = load(tmp_path)
    for member in ClassImbalance().members(dataset):
        assert member.pretrain is None
        assert member.fit_on == "fit"


# --- finish


def test_an_answer_has_no_zero_and_sums_to_one(tmp_path):
    dataset = load(tmp_path)
    values = [[1.0, 0.0, 0.0], [0.2, 0.3, 0.5], [0.5, 0.5, 0.0], [-1e-9, 0.5, 0.6], [2.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    predictions = pd.DataFrame(values, index=dataset.test.ids, columns=CLASSES)
    layout = ClassImbalance().edition.layout(dataset.sample_submission, [ID])
    frame = ClassImbalance().finish(predictions, dataset.test, layout)
    assert list(frame.columns) == [ID, *(name + SUFFIX for name in CLASSES)]
    found = frame.iloc[:, 1:].to_numpy()
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert found.min() >= 0.9e-6
    assert found[1] == pytest.approx([0.2, 0.3, 0.5])


class Trivial(ClassImbalance):
    """The same competition with nothing but a constant that knows the prior."""

    def members(self, dataset):
        return [Member("prior", lambda params, seed: ConstantClassifier(), seeded=False)]


def test_columns_and_rows_of_the_answer_follow_the_sample_submission_by_name(tmp_path):
    data = written(tmp_path / "data", without=VALIDATION_FILES)
    competition = Trivial(options={"prior": "ill:0.5,sick:0.3,well:0.2"})
    finished = run(competition, data, Settings(threads=1), tmp_path / "runs")
    answer = read_csv(finished.submission, text=[ID])
    assert list(answer.columns) == [ID, "sick" + SUFFIX, "well" + SUFFIX, "ill" + SUFFIX]
    assert answer[ID].tolist() == [f"t{k}" for k in range(5, -1, -1)]
    assert answer.iloc[:, 1:].mean().tolist() == pytest.approx([0.3, 0.2, 0.5], abs=1e-9)
    dataset = competition.load(data)
    competition.edition.layout(dataset.sample_submission, dataset.id_columns).validate(answer)


def test_each_class_counts_in_the_score_as_often_as_in_the_test(tmp_path):
    """The constant's score is the entropy of the test prior, whatever the classes' shares in train."""
    data, prior = written(tmp_path / "data", without=VALIDATION_FILES), np.array([0.3, 0.2, 0.5])
    finished = run(
        Trivial(options={"prior": "ill:0.5,sick:0.3,well:0.2"}), data, Settings(threads=1), tmp_path / "runs"
    )
    score = finished.record["result"]["members"]["prior"]["score"]
    assert score == pytest.approx(-(prior * np.log(prior)).sum(), rel=1e-3)


def test_the_headline_scheme_keeps_the_shares_of_the_classes(tmp_path):
    dataset = load(tmp_path)
    first, *others = ClassImbalance().schemes(dataset)
    assert [scheme.name for scheme in others] == ["random"]
    whole = dataset.score.y.value_counts()
    for fold in first.check(dataset).folds:
        counts = dataset.score.y.iloc[fold.score].value_counts()
        assert all(abs(counts[name] - whole[name] / len(first)) < 1 for name in CLASSES)


# --- a whole run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Three strategies of one learner on three classes; the prior from labels and features together."""
    root = tmp_path_factory.mktemp("run")
    counts = {"train": (120, 15, 25), "test": (30, 25, 25), "validation": (25, 20, 20)}
    parts = {
        name: drawn(dict(zip(("well", "ill", "sick"), number, strict=True)), seed, name[0], apart=1.5)
        for seed, (name, number) in enumerate(counts.items())
    }
    sample = parts["test"][[ID]].assign(**{name + SUFFIX: 1 / 3 for name in CLASSES})
    data = written(
        root / "data",
        train=parts["train"],
        validation=parts["validation"].drop(columns=TARGET),
        validation_ground_truth=parts["validation"][[ID, TARGET]],
        test=parts["test"].drop(columns=TARGET),
        sample_submission=sample,
    )
    members = ("lightgbm", "lightgbm-calibrated", "lightgbm-bagged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIGHTGBM, "n_estimators", 25)  # a tenth of the time, and told apart all the same
        return run(ClassImbalance(), data, Settings(members=members, threads=1), root / "runs"), data


def test_a_run_keeps_what_is_known_of_the_prior(finished):
    record = json.loads((finished[0].path / "run.json").read_text())
    priors = record["priors"]
    assert [prior["source"] for prior in priors] == [
        "estimated from 80 test rows without labels and 65 with labels",
        "counted in 65 labelled rows",
        "estimated from 80 test rows without labels",
    ]
    assert all(list(prior["shares"]) == CLASSES for prior in priors)
    truth = dict(zip(CLASSES, [25 / 80, 30 / 80, 25 / 80], strict=True))
    intervals = priors[0]["interval"]
    assert all(intervals[name][0] <= share <= intervals[name][1] for name, share in truth.items())
    assert record["result"]["weighted"]


def test_a_run_keeps_its_tables(finished):
    record = json.loads((finished[0].path / "run.json").read_text())
    exhibits = [Exhibit.from_json(state) for state in record["extras"]]
    assert len(exhibits) == 5
    assert not any("could not be made" in note for note in record["notes"])
    strategies = exhibits[1]
    losses = {row[1]: row[2] for row in strategies.rows}
    assert set(losses) == {"constant", "lightgbm", "lightgbm-calibrated", "lightgbm-bagged", "blend, nested"}
    # One pool of all rows is nearly the mean over folds of equal size.
    for name, member in record["result"]["members"].items():
        assert losses[name] == pytest.approx(member["score"], rel=0.05)
    assert losses["blend, nested"] == pytest.approx(record["result"]["nested"]["score"], rel=0.05)
    assert losses["lightgbm-bagged"] < losses["constant"]
    assert exhibits[2].rows[-1][0] == "65 validation rows, found out of fold"


def test_the_tables_of_a_run_are_those_of_its_predictions(finished):
    """The loss of a member, from the files that the run left and the data it was given."""
    folder, data = finished
    with np.load(folder.path / "folds.npz") as arrays:
        ids, weight = arrays["score_ids"], arrays["weight"]
    with np.load(folder.path / "predictions" / "lightgbm-bagged.npz") as arrays:
        said = arrays["out_of_fold_0"]
    labels = pd.concat(
        [read_csv(data / f"{name}.csv", text=[ID])[[ID, TARGET]] for name in ("train", "validation_ground_truth")]
    ).set_index(ID)[TARGET]
    codes = pd.Index(CLASSES).get_indexer(labels.loc[ids])
    loss = np.average(-np.log(said[np.arange(len(ids)), codes]), weights=weight)
    strategies = Exhibit.from_json(folder.record["extras"][1])
    assert {row[1]: row[2] for row in strategies.rows}["lightgbm-bagged"] == pytest.approx(loss, abs=1e-4)


def test_a_quick_look_at_one_fold_is_told_too(finished, tmp_path):
    """The pilot then knows one fold; the other rows have no prediction."""
    settings = Settings(members=("lightgbm",), threads=1, fold=0, fraction=0.5)
    record = run(ClassImbalance(), finished[1], settings, tmp_path).record
    assert len(record["extras"]) == 4
    assert record["priors"][0]["shares"].keys() == set(CLASSES)
    assert not any("could not be made" in note for note in record["notes"])
