from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import Dataset, tabular_table
from core.errors import Refusal
from core.table import Table

FEATURES = {
    "number": [1.5, 2.5, np.nan],
    "whole": [1, 2, 3],
    "text": ["a", None, "c"],
    "flag": [True, False, True],
    "when": pd.to_datetime(["2024-01-01", "2024-01-02", None]),
    "kind": pd.Categorical(["u", "v", "u"]),
}


def table(**columns: object) -> Table:
    X = pd.DataFrame({**FEATURES, **columns}).set_axis(["r1", "r2", "r3"], axis=0)
    keys = pd.DataFrame({"city": ["k", "l", "k"]}, index=X.index)
    weight = pd.Series([1.0, 2.0, 1.0], index=X.index)
    return Table(X, pd.Series(["ant", "bee", "ant"], index=X.index, name="species"), keys, weight)


def dataset(fit: Table | None = None, **parts: object) -> Dataset:
    fit = table() if fit is None else fit
    sample = pd.DataFrame({"id": ["t1", "t2"], "ant": [0.5, 0.5], "bee": [0.5, 0.5]})
    test = Table(pd.DataFrame({"number": [0.0, 1.0]}, index=["t1", "t2"]))
    values: dict[str, object] = {
        "fit": fit,
        "score": fit,
        "test": test,
        "outputs": ("ant", "bee"),
        "sample_submission": sample,
        "id_columns": ("id",),
    }
    return Dataset(**{**values, **parts})


def classes(n: int, y: pd.Series | pd.DataFrame, city: list[str] | None = None) -> Dataset:
    """Many rows of one feature."""
    ids = pd.Index([f"r{number}" for number in range(n)])
    keys = pd.DataFrame(index=ids) if city is None else pd.DataFrame({"city": city}, index=ids)
    outputs = ("y",) if not isinstance(y, pd.DataFrame) and y.dtype.kind in "if" else ("ant", "bee")
    return dataset(Table(pd.DataFrame({"x": range(n)}, index=ids), y.set_axis(ids, axis=0), keys), outputs=outputs)


# Loading a plain table


def tabular(train: pd.DataFrame, test: pd.DataFrame, **options: object) -> Dataset:
    sample = test[["id"]].assign(y=0)
    values: dict[str, object] = {"target": "y", "id_columns": ["id"], "outputs": ["y"]}
    return Dataset.tabular(train, test, sample, **{**values, **options})


def test_what_is_left_becomes_features_in_the_order_of_train() -> None:
    train = pd.DataFrame(
        {
            "b": [1, 2],
            "id": ["01", "1"],
            "y": [0, 1],
            "city": ["k", "l"],
            "a": [3, 4],
            "text": ["u", "v"],
            "only": [1, 1],
        }
    )
    test = pd.DataFrame({"extra": [1], "a": [5], "text": ["w"], "city": ["m"], "b": [6], "id": ["07"]})
    data = tabular(train, test, keys=["city"], drop=["text"])
    assert list(data.fit.X.columns) == list(data.test.X.columns) == ["b", "a"]
    assert data.fit.ids.tolist() == ["01", "1"]
    assert data.test.ids.tolist() == ["07"]
    assert data.fit.truth().tolist() == [0, 1]
    assert data.test.y is None
    assert data.test.keys["city"].tolist() == ["m"]
    assert data.fits_on_score_rows


def test_a_target_that_the_test_file_has_is_no_feature() -> None:
    frame = pd.DataFrame({"id": ["1"], "a": [1], "y": [0]})
    data = tabular(frame, frame)
    assert list(data.fit.X.columns) == list(data.test.X.columns) == ["a"]


def test_ids_of_two_columns_are_joined() -> None:
    frame = pd.DataFrame({"event": ["x", "x"], "rider": ["07", "7"], "a": [1, 2]})
    made = tabular_table(frame, ["a"], ["event", "rider"])
    assert made.ids.tolist() == ["x|07", "x|7"]
    assert made.y is None


def test_a_repeated_id_in_train_is_refused() -> None:
    frame = pd.DataFrame({"id": ["1", "1"], "a": [1, 2], "y": [0, 1]})
    with pytest.raises(Refusal, match="'1'"):
        tabular(frame, frame.iloc[:1])


@pytest.mark.parametrize("part", ["fit", "score"])
def test_fitted_and_scored_rows_need_truth(part: str) -> None:
    with pytest.raises(ValueError, match="no truth"):
        dataset(**{part: replace(table(), y=None)})


def test_a_data_set_needs_an_output() -> None:
    with pytest.raises(ValueError, match="output"):
        dataset(outputs=())


# What is refused


GOOD_TRAIN = pd.DataFrame({"id": ["1", "2"], "a": [1.5, 2.5], "b": ["u", "v"], "y": [0, 1]})
GOOD_TEST = pd.DataFrame({"id": ["07", "8"], "a": [3.5, 4.5], "b": ["w", "u"]})


def refusal_of(train: pd.DataFrame = GOOD_TRAIN, test: pd.DataFrame = GOOD_TEST, **options: object) -> str:
    sample = options.pop("sample", GOOD_TEST[["id"]].assign(y=0))
    values: dict[str, object] = {"target": "y", "id_columns": ["id"], "outputs": ["y"]}
    with pytest.raises(Refusal) as caught:
        Dataset.tabular(train, test, sample, **{**values, **options})
    return str(caught.value)


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no rows to fit": ({"train": GOOD_TRAIN[:0]}, "train: no rows"),
    "no rows to predict": ({"test": GOOD_TEST[:0]}, "test: no rows"),
    "no rows in the sample": ({"sample": GOOD_TEST[["id"]].assign(y=0)[:0]}, "sample submission: no rows"),
    "no target": ({"train": GOOD_TRAIN.drop(columns="y")}, "train: no column 'y'; there are id, a, b"),
    "no ids in train": ({"train": GOOD_TRAIN.drop(columns="id")}, "train: no column 'id'"),
    "no ids in test": ({"test": GOOD_TEST.drop(columns="id")}, "test: no column 'id'"),
    "no ids in the sample": ({"sample": pd.DataFrame({"y": [0]})}, "sample submission: no column 'id'"),
    "no values in the sample": ({"sample": GOOD_TEST[["id"]]}, "sample submission: no column besides id"),
    "no key in test": ({"train": GOOD_TRAIN.assign(k=1), "keys": ["k"]}, "test: no column 'k'"),
    "no common feature": ({"test": GOOD_TEST[["id"]].assign(c=1)}, "train and test have no feature in common"),
    "no feature but keys": ({"keys": ["a"], "drop": ["b"]}, "train and test have no feature in common"),
    "an id twice in test": (
        {"test": pd.concat([GOOD_TEST, GOOD_TEST[:1]])},
        "test, row 4: row id '07' occurs more than once",
    ),
    "an id twice in the sample": (
        {"sample": pd.DataFrame({"id": ["07", "07"], "y": 0})},
        "sample submission, row 3: row id '07' occurs more than once",
    ),
    "an id that is missing": ({"test": GOOD_TEST.assign(id=["07", None])}, "test, row 3, column 'id'"),
    "test rows that the sample lacks": (
        {"sample": pd.DataFrame({"id": ["8"], "y": 0})},
        "1 ids are unknown, such as '07'",
    ),
    "sample rows that test lacks": ({"test": GOOD_TEST[1:]}, "test: 1 ids are missing, such as '07'"),
    "ids without zeros": ({"test": GOOD_TEST.assign(id=["7", "8"])}, "leading zeros: '7' for '07'"),
    "ids read as decimals": ({"test": GOOD_TEST.assign(id=[7.0, 8.0])}, "test: 2 ids are missing"),
    "text for numbers in test": (
        {"test": GOOD_TEST.assign(a=["4.5", "high"])},
        "test, row id '8', column 'a': 'high' stands where train has numbers",
    ),
    "text for numbers in train": (
        {"train": GOOD_TRAIN.assign(a=["1,5", "2"])},
        "train, row id '1', column 'a': '1,5' stands where test has numbers",
    ),
    "numbers read as text": (
        {"train": GOOD_TRAIN.assign(a=["1.5", "2.5"])},
        "train, row id '1', column 'a': '1.5' stands where test has numbers",
    ),
    "flags and text": (
        {"train": GOOD_TRAIN.assign(a=[True, False]), "test": GOOD_TEST.assign(a=["yes", "no"])},
        "test, row id '07', column 'a': 'yes' stands where train has numbers",
    ),
    "times and text": (
        {"train": GOOD_TRAIN.assign(a=pd.to_datetime(["2024-01-01", "2024-01-02"])), "test": GOOD_TEST.assign(a="x")},
        "test, row id '07', column 'a': 'x' stands where train has times",
    ),
    "categories of text and numbers": (
        {"train": GOOD_TRAIN.assign(a=pd.Categorical(["x", "y"]))},
        "train, row id '1', column 'a': 'x' stands where test has numbers",
    ),
    "a target that is missing": (
        {"train": GOOD_TRAIN.assign(y=[0.5, None])},
        "train, row id '2', column 'y': nan: the truth is missing (1 such rows)",
    ),
    "a target without end": (
        {"train": GOOD_TRAIN.assign(y=[np.inf, 1])},
        "row id '1', column 'y': inf: no finite number",
    ),
    "a target in words": ({"train": GOOD_TRAIN.assign(y=["1,000", "2"])}, "row id '1', column 'y': '1,000': no finite"),
    "a class that is missing": (
        {"train": GOOD_TRAIN.assign(y=["u", None]), "outputs": ["u", "v"]},
        "train, row id '2', column 'y'",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_frames_that_do_not_fit_together_are_refused(name: str) -> None:
    given_parts, said = REFUSED[name]
    message = refusal_of(**given_parts)  # type: ignore[arg-type]
    assert said in message
    assert "way out:" in message


def test_a_refusal_calls_the_files_by_their_names() -> None:
    files = ("a/train.csv", "a/test.csv", "a/sample.csv")
    assert "a/test.csv: 1 ids are missing" in refusal_of(test=GOOD_TEST[1:], files=files)
    assert "a/train.csv: no column 'y'" in refusal_of(train=GOOD_TRAIN.drop(columns="y"), files=files)
    assert "the 2 ids of a/sample.csv" in refusal_of(test=GOOD_TEST[1:], files=files)


ALIKE: dict[str, tuple[object, object]] = {
    "whole numbers and decimals": ([1, 2], [1.5, 2.5]),
    "flags and numbers": ([True, False], [0, 1]),
    "numbers and nothing": ([1, 2], [None, None]),
    "nothing and text": ([None, None], ["a", "b"]),
    "text and categories": (["a", "b"], pd.Categorical(["c", "d"])),
    "numbers that may be missing": (pd.array([1, None], dtype="Int64"), [1.0, np.nan]),
    "sequences": ([[1], [2, 3]], [[4], []]),
}


@pytest.mark.parametrize("name", list(ALIKE))
def test_columns_of_one_kind_are_alike(name: str) -> None:
    one, other = (pd.Series(values) for values in ALIKE[name])
    data = tabular(GOOD_TRAIN.assign(a=one), GOOD_TEST.assign(a=other))
    assert list(data.fit.X.columns) == ["a", "b"]


def test_test_rows_may_stand_in_another_order_than_those_of_the_sample() -> None:
    sample = GOOD_TEST[["id"]].assign(y=0)[::-1]
    data = Dataset.tabular(GOOD_TRAIN, GOOD_TEST, sample, target="y", id_columns=["id"], outputs=["y"])
    assert data.test.ids.tolist() == ["07", "8"]


def test_a_key_may_be_of_another_kind() -> None:
    data = tabular(GOOD_TRAIN.assign(k=[1, 2]), GOOD_TEST.assign(k=["a", "b"]), keys=["k"])
    assert data.test.keys["k"].tolist() == ["a", "b"]


def test_columns_that_one_file_lacks_are_left_out_aloud() -> None:
    train, test = GOOD_TRAIN.assign(only=1, k=1, d=1), GOOD_TEST.assign(more=1, other=2, y=0, k=1)
    data = tabular(train, test, keys=["k"], drop=["d"])
    assert data.left_out == {"train": ("only",), "test": ("more", "other")}
    assert data.fraction(0.9, 0).left_out == data.left_out
    assert dataset().left_out == {}


def test_a_table_of_columns_that_are_not_there_is_refused() -> None:
    with pytest.raises(Refusal, match="new rows: no column 'c'; there are id, a, b"):
        tabular_table(GOOD_TEST, ["a", "c"], ["id"], name="new rows")


# The fingerprint


def test_what_is_left_out_is_no_part_of_the_fingerprint() -> None:
    assert dataset(left_out={"train": ("a",), "test": ()}).fingerprint == dataset().fingerprint


def changed(**columns: object) -> Dataset:
    return dataset(table(**columns))


def features(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Dataset:
    base = table()
    return dataset(replace(base, X=change(base.X)))


CHANGES: dict[str, Callable[[], Dataset]] = {
    "a number, by its last bit": lambda: changed(number=[1.5, np.nextafter(2.5, 3), np.nan]),
    "a number for a missing one": lambda: changed(number=[1.5, 2.5, 0.0]),
    "a whole number": lambda: changed(whole=[1, 2, 4]),
    "a text": lambda: changed(text=["a", None, "C"]),
    "an empty text for a missing one": lambda: changed(text=["a", "", "c"]),
    "a flag": lambda: changed(flag=[True, True, True]),
    "a time": lambda: changed(when=pd.to_datetime(["2024-01-01", "2024-01-03", None])),
    "a category": lambda: changed(kind=pd.Categorical(["u", "u", "u"], categories=["u", "v"])),
    "the order of the categories": lambda: changed(kind=pd.Categorical(["u", "v", "u"], categories=["v", "u"])),
    "a category that no row has": lambda: changed(kind=pd.Categorical(["u", "v", "u"], categories=["u", "v", "w"])),
    "whether categories are ordered": lambda: changed(kind=pd.Categorical(["u", "v", "u"], ordered=True)),
    "a category as text": lambda: features(lambda X: X.astype({"kind": object})),
    "a whole number as a float": lambda: features(lambda X: X.astype({"whole": float})),
    "a narrower whole number": lambda: features(lambda X: X.astype({"whole": "int32"})),
    "a whole number that may be missing": lambda: features(lambda X: X.astype({"whole": "Int64"})),
    "a flag as a number": lambda: features(lambda X: X.astype({"flag": "int8"})),
    "a number as text": lambda: features(lambda X: X.astype({"whole": str}).astype({"whole": object})),
    "the zone of a time": lambda: changed(when=pd.to_datetime(FEATURES["when"]).tz_localize("UTC")),
    "the name of a column": lambda: features(lambda X: X.rename(columns={"whole": "hole"})),
    "the order of columns": lambda: features(lambda X: X[X.columns[::-1]]),
    "one column fewer": lambda: features(lambda X: X.drop(columns="flag")),
    "names of two columns exchanged": lambda: features(
        lambda X: X.rename(columns={"number": "whole", "whole": "number"})
    ),
    "the order of rows": lambda: dataset(table().take(np.array([1, 0, 2]))),
    "a row fewer": lambda: dataset(table().take(np.array([0, 1]))),
    "a row id": lambda: dataset(
        Table(
            *(part.set_axis(["r1", "r2", "r4"], axis=0) for part in (table().X, table().truth(), table().keys)),
            fit_weight=pd.Series([1.0, 2.0, 1.0], index=["r1", "r2", "r4"]),
        )
    ),
    "the truth": lambda: dataset(replace(table(), y=table().truth().replace("bee", "cat"))),
    "a key": lambda: dataset(replace(table(), keys=table().keys.replace("l", "m"))),
    "a weight": lambda: dataset(replace(table(), fit_weight=pd.Series([1.0, 2.0, 3.0], index=table().ids))),
    "no weight": lambda: dataset(replace(table(), fit_weight=None)),
    "the order of outputs": lambda: dataset(outputs=("bee", "ant")),
    "the columns of the id": lambda: dataset(id_columns=("id", "ant")),
    "the sample": lambda: dataset(sample_submission=dataset().sample_submission.assign(bee=0.4)),
    "a test row": lambda: dataset(test=Table(pd.DataFrame({"number": [0.0, 2.0]}, index=["t1", "t2"]))),
    "a further table": lambda: dataset(extra={"history": table()}),
    "another scored table": lambda: dataset(score=table(whole=[1, 2, 4])),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_the_fingerprint_changes_with(change: str) -> None:
    assert CHANGES[change]().fingerprint != dataset().fingerprint


def test_no_two_changes_share_a_fingerprint() -> None:
    prints = [make().fingerprint for make in CHANGES.values()]
    assert len(set(prints)) == len(prints)


def test_the_fingerprint_knows_which_part_a_column_stands_in() -> None:
    X = pd.DataFrame({"x": [1.0, 2.0]})
    a, b = pd.Series([1.0, 2.0], name="a"), pd.Series([3.0, 4.0], name="b")
    one = Table(X, y=None, keys=a.to_frame(), fit_weight=b)
    two = Table(X, y=a, keys=b.to_frame(), fit_weight=None)
    assert dataset(extra={"more": one}).fingerprint != dataset(extra={"more": two}).fingerprint


def test_the_fingerprint_knows_the_name_of_a_further_table() -> None:
    assert dataset(extra={"a": table()}).fingerprint != dataset(extra={"b": table()}).fingerprint


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([1, 2, 3], [1, 2, 4]),
        ((1, 2, 3), (1, 2, 4)),
        (np.zeros(3000), np.eye(1, 3000, 1500)[0]),  # text of a long array leaves its middle out
        (np.array([0.123456789]), np.array([0.123456788])),  # and the last digits
        (np.array([1, 2], dtype=np.int32), np.array([1, 2], dtype=np.int64)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
    ],
    ids=["list", "tuple", "long array", "last digit", "type", "shape"],
)
def test_the_fingerprint_changes_with_any_value_of_a_sequence(one: object, two: object) -> None:
    # A sequence or a recording may be a column of X.
    def with_sequence(value: object) -> Dataset:
        column = pd.Series([value, value, value], dtype=object)
        return changed(sequence=column)

    assert with_sequence(one).fingerprint == with_sequence(one).fingerprint
    assert with_sequence(one).fingerprint != with_sequence(two).fingerprint


def test_the_fingerprint_tells_a_number_from_its_text_in_a_mixed_column() -> None:
    number, text = (changed(mixed=pd.Series(["a", value, None], dtype=object)) for value in (1, "1"))
    assert number.fingerprint != text.fingerprint


def test_the_fingerprint_does_not_depend_on_how_the_values_lie_in_memory() -> None:
    base = table()
    columns = {name: base.X[name] for name in base.X.columns}
    sliced = pd.concat([base.X, base.X]).iloc[:3]
    for X in (base.X.copy(), pd.DataFrame(columns), pd.concat(columns, axis=1), sliced):
        assert dataset(replace(base, X=X)).fingerprint == dataset().fingerprint


def test_the_fingerprint_does_not_depend_on_the_order_of_further_tables() -> None:
    a, b = table(), table(whole=[7, 8, 9])
    assert dataset(extra={"a": a, "b": b}).fingerprint == dataset(extra={"b": b, "a": a}).fingerprint


def test_the_fingerprint_of_a_share_is_another() -> None:
    data = classes(40, pd.Series(["ant", "bee"] * 20))
    assert data.fraction(0.5, 0).fingerprint != data.fingerprint
    assert data.fraction(0.5, 0).fingerprint == data.fraction(0.5, 0).fingerprint
    assert data.fraction(0.5, 0).fingerprint != data.fraction(0.5, 1).fingerprint


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(allow_nan=True), min_size=3, max_size=3), st.integers(0, 2), st.floats())
def test_the_fingerprint_follows_every_number(values: list[float], position: int, other: float) -> None:
    changed_values = [*values[:position], other, *values[position + 1 :]]
    same = np.array(values).tobytes() == np.array(changed_values).tobytes()
    assert (changed(number=values).fingerprint == changed(number=changed_values).fingerprint) == same


# A share of the rows


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.integers(2, 40), min_size=2, max_size=4), st.floats(0.05, 1.0), st.integers(0, 99))
def test_a_share_keeps_every_class_in_its_share(counts: list[int], share: float, seed: int) -> None:
    y = pd.Series(np.repeat([f"class {k}" for k in range(len(counts))], counts)).sample(frac=1, random_state=seed)
    data = classes(len(y), y)
    part = data.fraction(share, seed)
    kept = part.fit.truth().value_counts()
    for k, count in enumerate(counts):
        assert kept[f"class {k}"] == max(2, round(share * count))
    assert part.fits_on_score_rows
    assert part.test is data.test
    positions = data.fit.ids.get_indexer(part.fit.ids)
    assert (np.diff(positions) > 0).all()
    assert part.fit.truth().equals(data.fit.truth().iloc[positions])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 9), min_size=12, max_size=40), st.floats(0.05, 1.0), st.integers(0, 99))
def test_a_share_keeps_whole_groups(cities: list[int], share: float, seed: int) -> None:
    city = [f"city {number}" for number in cities]
    data = classes(len(city), pd.Series(np.resize(["ant", "bee"], len(city))), city)
    part = data.fraction(share, seed, "city").fit.keys["city"]
    kept = part.unique()
    assert part.value_counts().equals(data.fit.keys["city"].value_counts()[part.value_counts().index]) or all(
        (part == name).sum() == city.count(name) for name in kept
    )
    assert len(kept) == min(len(set(city)), max(2, round(share * len(set(city)))))


@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64"])
def test_a_share_of_a_target_of_many_values_is_a_share_of_the_rows(dtype: str) -> None:
    # A price in whole numbers is no class of which two rows must stay.
    data = classes(200, pd.Series(range(200)).astype(dtype))
    assert len(data.fraction(0.1, 0).fit) == 20


def test_a_share_of_several_labels_is_a_share_of_the_rows() -> None:
    data = classes(50, pd.DataFrame({"ant": [0, 1] * 25, "bee": [1, 0] * 25}))
    assert len(data.fraction(0.1, 0).fit) == 5


def test_a_share_of_two_tables_cuts_both() -> None:
    fit = classes(40, pd.Series(["ant", "bee"] * 20)).fit
    score = classes(20, pd.Series(["ant", "bee"] * 10)).fit
    part = dataset(fit, score=score).fraction(0.5, 0)
    assert (len(part.fit), len(part.score)) == (20, 10)
    assert not part.fits_on_score_rows
