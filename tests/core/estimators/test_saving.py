from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer

from core.errors import Refusal
from core.estimators.constant import ConstantRegressor
from core.estimators.lightgbm import LightGBMRegressor
from core.estimators.linear import LinearRegressor
from core.estimators.saving import OWN_PACKAGES, _trust, load_estimator, save_estimator

CHECKOUT = Path(__file__).resolve().parents[3]
X = pd.DataFrame({"a": np.arange(40.0)})
Y = pd.Series(np.arange(40.0) * 2)


class OwnFormat(BaseEstimator):
    """An estimator of a package that is not trusted by default."""

    def save_model(self, folder: Path) -> None:
        (folder / "own.txt").write_text("kept")

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        assert (folder / "own.txt").read_text() == "kept"
        return cls()


class ThroughSkops(BaseEstimator):
    pass


def label(folder: Path, **parts: object) -> Path:
    folder.mkdir()
    (folder / "estimator.json").write_text(json.dumps(parts))
    return folder


def test_a_scikit_learn_model_goes_through_skops(tmp_path: Path):
    model = LogisticRegression().fit(X, Y > 30)
    save_estimator(model, tmp_path / "deep" / "model")
    assert zipfile.is_zipfile(tmp_path / "deep" / "model" / "model.skops")
    again = load_estimator(tmp_path / "deep" / "model")
    assert again.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


def test_nothing_that_is_saved_is_a_pickle(tmp_path: Path):
    for model in (LightGBMRegressor(2), LinearRegressor(), ConstantRegressor()):
        folder = tmp_path / type(model).__name__
        save_estimator(model.fit(X, Y), folder)
        for file in folder.rglob("*"):
            assert file.suffix in {".json", ".txt", ".skops"}
            assert not file.read_bytes().startswith(b"\x80")


def test_a_folder_is_never_written_twice(tmp_path: Path):
    model = ConstantRegressor().fit(X, Y)
    save_estimator(model, tmp_path / "model")
    with pytest.raises(FileExistsError):
        save_estimator(model, tmp_path / "model")


@pytest.mark.parametrize("name", ["os:system", "builtins:eval", "core_evil.models:Model", "corex:Model", ":Model"])
def test_a_foreign_class_is_refused_and_not_imported(name: str, tmp_path: Path):
    folder = label(tmp_path / "model", **{"class": name, "format": "own"})
    with pytest.raises(Refusal, match="not trusted"):
        load_estimator(folder)


def test_a_foreign_module_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    folder = label(tmp_path / "model", **{"class": "evil_module:Model", "format": "own"})
    with pytest.raises(Refusal, match="evil_module"):
        load_estimator(folder)


def test_a_skops_file_that_names_a_foreign_function_is_refused(tmp_path: Path):
    kind = "sklearn.preprocessing:FunctionTransformer"
    folder = label(tmp_path / "model", **{"class": kind, "format": "skops"})
    skops.io.dump(FunctionTransformer(os.system), folder / "model.skops")
    with pytest.raises(Refusal, match="system, which is not trusted"):
        load_estimator(folder)


def test_a_skops_file_is_judged_by_what_it_holds_and_not_by_its_label(tmp_path: Path):
    kind = "core.estimators.linear:LinearRegressor"
    folder = label(tmp_path / "model", **{"class": kind, "format": "skops"})
    skops.io.dump(ThroughSkops(), folder / "model.skops")
    with pytest.raises(Refusal, match="ThroughSkops"):
        load_estimator(folder)


@pytest.mark.parametrize("kind", [OwnFormat, ThroughSkops])
def test_a_package_is_trusted_when_it_is_named(kind: type, tmp_path: Path):
    save_estimator(kind(), tmp_path / "model")
    with pytest.raises(Refusal, match=kind.__name__):
        load_estimator(tmp_path / "model")
    again = load_estimator(tmp_path / "model", trusted=("core", __name__.split(".")[0]))
    assert isinstance(again, kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        '{"class": 3, "format": "own"}',
        '{"class": "core.estimators.constant:ConstantRegressor"}',
        '{"class": "core.no_such_module:Model", "format": "own"}',
        '{"class": "core.estimators.constant:NoSuchClass", "format": "own"}',
        '{"class": "core.errors:Refusal", "format": "own"}',
    ],
)
def test_what_is_no_saved_model_is_refused(text: str, tmp_path: Path):
    (tmp_path / "estimator.json").write_text(text)
    with pytest.raises(Refusal):
        load_estimator(tmp_path)


def test_an_empty_folder_is_no_saved_model(tmp_path: Path):
    with pytest.raises(Refusal, match="no saved model"):
        load_estimator(tmp_path)


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_lost_or_broken_skops_file_is_refused(content: bytes | None, tmp_path: Path):
    save_estimator(LinearRegressor().fit(X, Y), tmp_path / "model")
    file = tmp_path / "model" / "model.skops"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refusal):
        load_estimator(tmp_path / "model")


LIBRARY = [
    KNeighborsRegressor(),
    ExtraTreesRegressor(3),
    GradientBoostingRegressor(n_estimators=3),
    HistGradientBoostingRegressor(max_iter=3),
    GaussianProcessRegressor(),
    MLPRegressor(hidden_layer_sizes=4, max_iter=5),
    make_pipeline(SplineTransformer(), Ridge()),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", LIBRARY, ids=lambda estimator: type(estimator).__name__)
def test_estimators_of_the_library_are_read_back_to_the_byte(estimator, tmp_path):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
    fitted = clone(estimator).fit(X, X["a"])
    save_estimator(fitted, tmp_path / "model")
    assert load_estimator(tmp_path / "model").predict(X).tobytes() == fitted.predict(X).tobytes()


@pytest.mark.parametrize("name", ["numpy.memmap", "scipy.io.FortranFile", "sklearn.utils._testing.TempMemmap"])
def test_library_classes_that_open_files_are_not_trusted(name, tmp_path):
    with pytest.raises(Refusal, match="not trusted"):
        _trust([name], OWN_PACKAGES, tmp_path)


def test_library_functions_are_not_trusted(tmp_path):
    with pytest.raises(Refusal, match="not trusted"):
        _trust(["sklearn.datasets.load_files"], OWN_PACKAGES, tmp_path)


def test_neither_writing_nor_reading_imports_torch():
    """It takes longer to import than everything else."""
    program = """
import sys, tempfile
from pathlib import Path
from sklearn.linear_model import LinearRegression
from core.estimators.saving import load_estimator, save_estimator
place = Path(tempfile.mkdtemp()) / "model"
save_estimator(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), place)
load_estimator(place)
assert "skops.io" in sys.modules
assert "torch" not in sys.modules
assert "sklearn.externals.array_api_compat.torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=CHECKOUT)
