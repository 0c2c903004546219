"""Class imbalance on a few rows: what is refused, how rows count, and how the answer is finished."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.class_imbalance.competition import ID, SUFFIX, TARGET, ClassImbalance
from core.errors import Refusal
from core.estimators.constant import ConstantClassifier
from core.member import Member
from core.priors import class_shares
from core.reading import read_csv
from core.road import run
from core.settings import Settings
from core.submission import Layout

#: Not in the order of the alphabet.
CLASSES = ["sick", "well", "ill"]
COUNTS = {"sick": 10, "well": 40, "ill": 10}


def features(rows, rng):
    return {"number": rng.normal(size=rows).round(3), "name": rng.choice(["TL", "TR"], rows)}


def frames():
    """The files of a tiny edition by their names."""
    rng = np.random.default_rng(0)
    labels = [name for name in sorted(COUNTS) for _ in range(COUNTS[name])]
    truth = ["sick"] * 4 + ["well"] * 4 + ["ill"] * 2
    validation = pd.DataFrame({ID: [f"0{k}" for k in range(10)], **features(10, rng)})
    test = pd.DataFrame({ID: [f"t{k}" for k in range(6)], **features(6, rng)})
    sample = test[[ID]].assign(**{name + SUFFIX: 1 / 3 for name in CLASSES})
    return {
        "train": pd.DataFrame({ID: [f"r{k:03d}" for k in range(60)], **features(60, rng), TARGET: labels}),
        "validation": validation,
        "validation_ground_truth": pd.DataFrame({ID: validation[ID], TARGET: truth}),
        "test": test,
        "sample_submission": sample.iloc[::-1],
    }


def written(folder, without=(), **changed):
    folder.mkdir(exist_ok=True)
    for name, frame in {**frames(), **changed}.items():
        if name not in without:
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def load(folder, **changed):
    return ClassImbalance().load(written(folder, **changed))


def no_pilot(name):
    raise AssertionError("no pilot is needed")


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


def test_the_prior_is_counted_where_none_is_given(tmp_path):
    competition = ClassImbalance()
    dataset = competition.load(written(tmp_path))
    weight = competition.objective(dataset, no_pilot).weight
    expected = np.array([4.5, 4.5, 2.5]) / 11.5
    assert class_shares(dataset.score.y, CLASSES, weight) == pytest.approx(expected)


def test_a_given_prior_goes_before_the_counted_one(tmp_path):
    competition = ClassImbalance(options={"prior": "sick:10,well:80,ill:10"})
    assert competition.test_prior(competition.load(written(tmp_path))).tolist() == [0.1, 0.8, 0.1]


def test_an_unknown_prior_is_refused_with_both_ways_out(tmp_path):
    competition = ClassImbalance()
    dataset = competition.load(written(tmp_path, without=("validation", "validation_ground_truth")))
    with pytest.raises(Refusal, match="the test prior is unknown") as caught:
        competition.objective(dataset, no_pilot)
    assert "validation_ground_truth.csv" in caught.value.way_out
    assert "--option prior=sick:…,well:…,ill:…" in caught.value.way_out


# --- finish


def test_an_answer_has_no_zero_and_sums_to_one(tmp_path):
    dataset = load(tmp_path)
    values = [[1.0, 0.0, 0.0], [0.2, 0.3, 0.5], [0.5, 0.5, 0.0], [-1e-9, 0.5, 0.6], [2.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    predictions = pd.DataFrame(values, index=dataset.test.ids, columns=CLASSES)
    layout = Layout.of_sample(dataset.sample_submission, [ID], ClassImbalance().edition.rules)
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
    data = written(tmp_path / "data")
    competition = Trivial(options={"prior": "ill:0.5,sick:0.3,well:0.2"})
    finished = run(competition, data, Settings(threads=1), tmp_path / "runs")
    answer = read_csv(finished.submission, text=[ID])
    assert list(answer.columns) == [ID, "sick" + SUFFIX, "well" + SUFFIX, "ill" + SUFFIX]
    assert answer[ID].tolist() == [f"t{k}" for k in range(5, -1, -1)]
    assert answer.iloc[:, 1:].mean().tolist() == pytest.approx([0.3, 0.2, 0.5], abs=1e-9)
    dataset = competition.load(data)
    Layout.of_sample(dataset.sample_submission, dataset.id_columns, competition.edition.rules).validate(answer)


def test_each_class_counts_in_the_score_as_often_as_in_the_test(tmp_path):
    """The constant's score is the entropy of the test prior, whatever the classes' shares in train."""
    data, prior = written(tmp_path / "data"), np.array([0.3, 0.2, 0.5])
    finished = run(
        Trivial(options={"prior": "ill:0.5,sick:0.3,well:0.2"}), data, Settings(threads=1), tmp_path / "runs"
    )
    score = finished.record["result"]["members"]["prior"]["score"]
    assert score == pytest.approx(-(prior * np.log(prior)).sum(), rel=1e-3)


def test_the_headline_scheme_keeps_the_shares_of_the_classes(tmp_path):
    dataset = load(tmp_path)
    first, *others = ClassImbalance().schemes(dataset)
    assert [scheme.name for scheme in others] == ["random"]
    for fold in first.check(dataset).folds:
        counts = dataset.score.y.iloc[fold.score].value_counts()
        assert all(abs(counts[name] - COUNTS[name] / len(first)) < 1 for name in CLASSES)
