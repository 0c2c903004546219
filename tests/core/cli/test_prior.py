"""podium prior"""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from core.cli import main
from core.cli.common import competition_for
from core.dataset import Dataset
from core.edition import Edition
from core.metrics import LOG_LOSS
from core.reading import read_csv
from core.submission import PROBABILITIES
from tests.bad_input import small_data
from tests.support.small import Small

SUFFIX = small_data.SUFFIX
#: Not in the order of the alphabet.
CLASSES = ["well", "ill", "sick"]
ROWS = 442


class Binary(Small):
    """Two classes, and an answer of one column: the probability of the second."""

    editions = (Edition("first", LOG_LOSS, ("train.csv", "test.csv"), PROBABILITIES),)
    settings = {}  # noqa: RUF012

    def load(self, folder):
        train, test = read_csv(folder / "train.csv", text=["id", "y"]), read_csv(folder / "test.csv", text=["id"])
        sample = test[["id"]].assign(answer=0.5)
        return Dataset.tabular(train, test, sample, target="y", id_columns=["id"], outputs=["no", "yes"])


class Sharpened(Binary):
    def finish(self, predictions, test, layout):
        sharper = predictions**2
        return super().finish(sharper.div(sharper.sum(axis=1), axis=0), test, layout)


class OneOfThree(Binary):
    """What is left of three probabilities does not tell the share of each."""

    def load(self, folder):
        return replace(super().load(folder), outputs=("no", "maybe", "yes"))

    def finish(self, predictions, test, layout):
        return super().finish(predictions[["yes"]].set_axis(["answer"], axis=1), test, layout)


class First(Binary):
    """The one column is the probability of the first class."""

    def finish(self, predictions, test, layout):
        return super().finish(predictions[["no"]].set_axis(["answer"], axis=1), test, layout)


@pytest.fixture
def data(tmp_path) -> Path:
    """Class imbalance with 442 test rows, whose classes the sample submission names in an order of its own."""
    files = small_data.files()
    ids = [f"{number:04d}" for number in range(ROWS)]
    test = [files["test.csv"].splitlines()[0].split(","), *([row_id, "0.5", "1", "TL"] for row_id in ids)]
    sample = [["row_id", *(name + SUFFIX for name in CLASSES)], *([row_id, "0.4", "0.3", "0.3"] for row_id in ids)]
    files |= {"test.csv": small_data.text_of(test), "sample_submission.csv": small_data.text_of(sample)}
    return small_data.write(tmp_path / "my files", files)


@pytest.fixture
def binary(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "binary"
    folder.mkdir()
    use(Binary, monkeypatch)
    train = {"id": [f"r{k}" for k in range(8)], "x": np.arange(8.0), "y": ["no"] * 6 + ["yes"] * 2}
    pd.DataFrame(train).to_csv(folder / "train.csv", index=False)
    pd.DataFrame({"id": [f"t{k}" for k in range(50)], "x": 1.0}).to_csv(folder / "test.csv", index=False)
    return folder


def use(kind, monkeypatch) -> None:
    monkeypatch.setattr("core.cli.common.load_competition", lambda slug: kind)


def words(text: str) -> str:
    return " ".join(text.split())


def command_in(said: str, verb: str) -> list[str]:
    """The words of the command to type next."""
    (line,) = (line for line in said.splitlines() if f"podium {verb} " in line)
    return shlex.split(line.partition("podium ")[2])


def scored(file: Path, labels: list[str]) -> float:
    """The log loss of a submission, as scikit-learn has it."""
    answer = pd.read_csv(file, dtype={"row_id": str}).set_index("row_id").rename(columns=lambda c: c[: -len(SUFFIX)])
    return log_loss(labels, answer[sorted(answer.columns)].to_numpy(), labels=sorted(answer.columns))


def probe(*arguments: object) -> int:
    return main(["prior", "probe", *map(str, arguments)])


def refused(capsys, *arguments: object) -> str:
    assert probe(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "way out:" in said.err
    assert "Traceback" not in said.err
    return words(said.err)


# There and back


def test_probes_that_are_scored_give_the_shares_of_the_labels(data, tmp_path, capsys):
    assert probe("class-imbalance", "--data", data, "--submissions", tmp_path / "runs") == 0
    said = capsys.readouterr()
    files = [Path(line) for line in said.out.splitlines()]
    assert files == [tmp_path / "runs" / "class-imbalance" / "probes" / f"probe-{number}.csv" for number in (1, 2)]
    assert "spends 2 submissions" in words(said.err)
    labels = np.random.default_rng(5).permutation(["ill"] * 76 + ["sick"] * 36 + ["well"] * 330)
    typed = [f"{scored(file, labels):.5f}" for file in files]

    # The command that was printed, with the scores filled in.
    then = command_in(said.err, "prior probe")
    assert then[-1] == "SCORE_1,SCORE_2"
    assert main([*then[:-1], ",".join(typed)]) == 0
    said = capsys.readouterr()
    shares = {name: float(share) for name, share in (part.split(":") for part in said.out.strip().split(","))}
    assert shares == pytest.approx({"well": 330 / 442, "ill": 76 / 442, "sick": 36 / 442}, abs=3e-6)
    assert "solved from 2 probes" in words(said.err)
    assert "of rows to fit" in said.err
    assert f"{330 / 442:.4f}" in said.err
    assert "0.333333" in said.err  # of each class among the rows to fit

    # And the next command: the prior is one that the competition reads.
    run = command_in(said.err, "run")
    assert run[:4] == ["run", "class-imbalance", "--data", str(data)]
    assert run[-2:] == ["--option", f"prior={said.out.strip()}"]
    competition_for(run[1], data, None, run[-1:]).load(data)  # which refuses a prior that cannot be read


def test_the_number_of_rows_makes_the_shares_exact(data, tmp_path, capsys):
    # 330, 76 and 36 rows of 442: the example that the help gives.
    given = ("class-imbalance", "--data", data, "--scores", "1.75188,5.72034")
    assert probe(*given, "--rows", ROWS) == 0
    said = capsys.readouterr()
    assert said.out == f"well:{330 / 442:.6g},ill:{76 / 442:.6g},sick:{36 / 442:.6g}\n"
    assert "in whole counts of 442 rows" in words(said.err)
    assert "note:" not in said.err
    assert not (tmp_path / "runs").exists()
    assert probe(*given, "--rows", 443) == 0
    assert "no single way to count 443 rows" in words(capsys.readouterr().err)


def test_the_digits_that_are_typed_tell_the_rounding(data, capsys):
    def interval(*more: str) -> float:
        assert probe("class-imbalance", "--data", data, *more) == 0
        (row,) = (line for line in capsys.readouterr().err.splitlines() if "well" in line and " to " in line)
        low, high = row.split("│")[3].split(" to ")
        return float(high) - float(low)

    rough, zeros = interval("--scores", "1.75,5.72"), interval("--scores", "1.7500,5.72")
    assert rough == pytest.approx(100 * zeros, rel=0.1)
    assert interval("--scores", "1.75,5.72", "--decimals", "4") == zeros
    assert rough == pytest.approx(2 * 1.96 * 0.005 / np.sqrt(3) / np.log(998), rel=0.01)


def test_two_classes_with_one_column_are_probed_through_the_second(binary, tmp_path, capsys):
    out = tmp_path / "probes"
    assert probe("small", "--data", binary, "--out", out) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(out / "probe-1.csv")]
    assert "spends 1 submission," in said.err
    assert set(pd.read_csv(out / "probe-1.csv")["answer"]) == {0.01}
    score = -(0.3 * np.log(0.01) + 0.7 * np.log(0.99))
    assert probe("small", "--data", binary, "--scores", f"{score:.6f}", "--rows", 50) == 0
    said = capsys.readouterr()
    assert said.out == "no:0.7,yes:0.3\n"
    assert "small has no option prior" in said.err


def test_one_column_may_be_that_of_the_first_class(binary, tmp_path, monkeypatch):
    use(First, monkeypatch)
    assert probe("small", "--data", binary, "--out", tmp_path) == 0
    assert set(pd.read_csv(tmp_path / "probe-1.csv")["answer"]) == {0.99}


# What is written


def test_every_probe_is_a_valid_submission_with_one_constant(data, tmp_path, capsys):
    assert probe("class-imbalance", "--data", data, "--out", tmp_path / "probes") == 0
    capsys.readouterr()
    for number, name in ((1, "well"), (2, "ill")):
        file = tmp_path / "probes" / f"probe-{number}.csv"
        assert main(["check", "class-imbalance", str(file), "--data", str(data)]) == 0
        answer = pd.read_csv(file, index_col="row_id")
        assert len(answer) == ROWS
        assert answer.drop_duplicates().to_dict("records") == [
            {other + SUFFIX: 0.998 if other == name else 0.001 for other in CLASSES}
        ]


def test_the_same_probes_are_written_again_to_the_byte(data, tmp_path):
    for folder in ("a", "b", "a"):
        assert probe("class-imbalance", "--data", data, "--out", tmp_path / folder) == 0
    assert small_data.everything_in(tmp_path / "a") == small_data.everything_in(tmp_path / "b")


def test_edition_and_options_stand_in_the_next_command(data, tmp_path, capsys):
    given = ["--edition", "addi-2021", "--option", "prior=well:1,ill:1,sick:98"]
    assert probe("class-imbalance", "--data", data, "--out", tmp_path / "out", *given) == 0
    then = command_in(capsys.readouterr().err, "prior probe")
    assert then[5:9] == given
    assert probe("class-imbalance", "--data", data, "--scores", "1.75188,5.72034", *given) == 0
    run = command_in(capsys.readouterr().err, "run")
    assert run[4:6] == given[:2]
    assert [word.partition(":")[0] for word in run if word.startswith("prior=")] == ["prior=well"]
    assert "sick:98" not in run


@pytest.mark.parametrize("k", [3, 8, 9, 12])
def test_few_and_many_classes_are_shown_by_names_that_look_like_markup(k, tmp_path, capsys):
    files, names = small_data.files(), [f"[/{number}]" for number in range(k)]
    train = [["row_id", "axis", "diagnosis"], *([f"r{row}", f"{row}", names[row % k]] for row in range(5 * k))]
    rows = [["row_id", *(name + SUFFIX for name in names)], *([row_id, *["0"] * k] for row_id in small_data.TEST_IDS)]
    files["train.csv"], files["sample_submission.csv"] = small_data.text_of(train), small_data.text_of(rows)
    del files["validation.csv"], files["validation_ground_truth.csv"]
    data = small_data.write(tmp_path / "data", files)
    assert probe("class-imbalance", "--data", data, "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == k - 1
    answer = pd.read_csv(tmp_path / "out" / f"probe-{k - 1}.csv", index_col="row_id")
    assert answer.idxmax(axis=1).unique().tolist() == [names[-2] + SUFFIX]
    own, other = answer.iloc[0].max(), answer.iloc[0].min()
    for shown in (*names[:-1], f"{own:g}", f"{other:g}"):
        assert shown in said.err
    score = -(np.log(own) + (k - 1) * np.log(other)) / k
    assert probe("class-imbalance", "--data", data, "--scores", ",".join([f"{score:.5f}"] * (k - 1))) == 0
    said = capsys.readouterr()
    assert all(name in said.err.partition("that is")[0] for name in names)
    assert [part.rpartition(":")[0] for part in said.out.strip().split(",")] == names


# What is refused


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ("0.61", "1 score for 2 probes"),
        ("1,75188,5,72034", "4 scores for 2 probes"),
        ("2.0,nan", "argument --scores"),
        ("2.0;3.0", "argument --scores"),
        ("2.0,", "argument --scores"),
        ("2.0,1e999", "score 2 is no finite number"),
        ("=-1.75,-5.72", "score 1 is negative"),
        ("1.75188,7.20000", "score 2 cannot be"),
        ("2.00000,2.00000", "leave class 'sick' a share of -0.4"),
    ],
)
def test_scores_that_cannot_be_are_refused(data, capsys, scores, said):
    option = ["--scores", scores] if not scores.startswith("=") else [f"--scores{scores}"]
    assert said in refused(capsys, "class-imbalance", "--data", data, *option)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rows", "442"], "--rows and --decimals say how to read scores"),
        (["--decimals", "5"], "--rows and --decimals say how to read scores"),
        (["--scores", "1.75,5.72", "--out", "x"], "--out and --scores do not go together"),
        (["--scores", "1.75188,5.72", "--decimals", "3"], "a score has 5 digits after the point"),
        (["--scores", "1.75,5.72", "--decimals", "-1"], "--decimals"),
        (["--scores", "1.75,5.72", "--decimals", "2.5"], "--decimals"),
        (["--scores", "1.75,5.72", "--rows", "0"], "--rows"),
        (["--edition", "addi-2031"], "no edition 'addi-2031'"),
        (["--option", "no-such=1"], "no option 'no-such'"),
    ],
)
def test_options_that_make_no_sense_are_refused(data, capsys, options, said):
    assert said in refused(capsys, "class-imbalance", "--data", data, *options)


def test_other_words_are_refused_with_what_there_is(data, capsys):
    assert main(["prior", "guess", "class-imbalance"]) == 2
    assert "(choose from" in capsys.readouterr().err
    assert main(["prior", "probe"]) == 2
    assert "competition" in capsys.readouterr().err
    assert "no competition 'clocks'" in refused(capsys, "clocks", "--data", data)
    assert "no such folder" in refused(capsys, "class-imbalance", "--data", data / "none")


def test_a_competition_with_another_metric_is_refused_by_its_name(tmp_path, monkeypatch, capsys):
    use(Small, monkeypatch)
    Small().sample(tmp_path)
    for more in ([], ["--scores", "0.5"]):
        assert "small (fake) is scored by rmse" in refused(capsys, "small", "--data", tmp_path, *more)


@pytest.mark.parametrize(
    ("kind", "by_hand"), [(Sharpened, "no 0.99; yes 0.01"), (OneOfThree, "no 0.998; maybe 0.001; yes 0.001")]
)
def test_a_competition_that_changes_the_constants_is_refused_before_anything_is_written(
    kind, by_hand, binary, tmp_path, monkeypatch, capsys
):
    use(kind, monkeypatch)
    said = refused(capsys, "small", "--data", binary, "--out", tmp_path / "probes")
    assert "changes them" in said
    assert by_hand in said
    assert not (tmp_path / "probes").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(data, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    said = refused(capsys, "class-imbalance", "--data", data, "--out", tmp_path / "file")
    assert "there is a file where a folder should be" in said
