"""A competition so small that a run of it takes a blink, and members that misbehave on purpose."""

from __future__ import annotations

import json
import os
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.deadline import Deadline, OutOfTime
from core.edition import Edition, Option
from core.errors import Refusal
from core.executors import Executor, SerialExecutor
from core.fitting import Fitting
from core.listener import Listener
from core.member import Member
from core.metrics import RMSE
from core.objective import Objective
from core.reading import read_csv
from core.workbench import Workbench

PLACES = 6


class Line(BaseEstimator):
    """A slope through the origin, and noise that depends on the seed."""

    def __init__(self, shrink=0.0, noise=0.0, seed=0):
        self.shrink, self.noise, self.seed = shrink, noise, seed

    def fit(self, X, y):
        slope = float(X["x"] @ y / (X["x"] @ X["x"]))
        self.slope_ = slope * (1 - self.shrink) + self.noise * float(np.random.default_rng(self.seed).normal())
        return self

    def predict(self, X):
        return self.slope_ * X["x"].to_numpy()

    def save_model(self, folder):
        (folder / "line.json").write_text(json.dumps(self.slope_))

    @classmethod
    def load_model(cls, folder):
        model = cls()
        model.slope_ = json.loads((folder / "line.json").read_text())
        return model


class Broken(Line):
    def fit(self, X, y):
        raise ValueError("no such luck")


class Dying(Line):
    """Ends its process, as one that ran out of memory would be ended."""

    def fit(self, X, y):
        os._exit(9)


class Refusing(Line):
    def fit(self, X, y):
        raise Refusal("x is odd", "mend x")


class OnUpstream(Line):
    """Reads the predictions of the member "line" as its feature."""

    def fit(self, X, y, context):
        return super().fit(context.upstream["line"].set_axis(["x"], axis=1), y)

    def predict(self, X, context):
        return super().predict(context.upstream["line"].set_axis(["x"], axis=1))


def member(name, kind=Line, **more):
    return Member(name, lambda params, seed: kind(**params, seed=seed), **more)


class Small(Competition):
    """Regression on one feature; places are held out."""

    slug = "small"
    editions = (Edition("fake", RMSE, ("train.csv", "test.csv")), Edition("later", RMSE, ("later.csv",)))
    settings = {"colour": Option("anything", "red")}  # noqa: RUF012

    def load(self, folder):
        train, test = read_csv(folder / "train.csv", text=["id"]), read_csv(folder / "test.csv", text=["id"])
        sample = test[["id"]].assign(y=0.0)
        return Dataset.tabular(train, test, sample, target="y", id_columns=["id"], outputs=["y"], keys=["place"])

    def schemes(self, dataset):
        return [folds.group(dataset, "place", 3), folds.random(dataset, 3)]

    def members(self, dataset):
        return [member("line"), member("noisy", defaults={"noise": 0.1})]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows in (("train", 24), ("test", 8)):
            frame = pd.DataFrame({"id": [f"{name}{k:02d}" for k in range(rows)], "x": rng.normal(size=rows)})
            frame["place"] = [f"p{k % PLACES}" for k in range(rows)]
            frame["y"] = 2 * frame["x"] + rng.normal(0, 0.3, rows)
            frame.drop(columns=["y"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)


class WithBroken(Small):
    """The broken member is needed by one that would work."""

    def members(self, dataset):
        second = member("second", OnUpstream, needs=("broken",))
        return [member("line"), member("broken", Broken), second, member("noisy")]


class AllBroken(Small):
    def members(self, dataset):
        return [member("broken", Broken, baseline=True), member("worse", Broken)]


class WithRefusing(Small):
    def members(self, dataset):
        return [member("line"), member("refusing", Refusing)]


class WithDying(Small):
    def members(self, dataset):
        return [member("line"), member("dying", Dying), member("noisy", defaults={"noise": 0.1})]


class WithSecond(Small):
    def members(self, dataset):
        return [member("second", OnUpstream, needs=("line",)), member("line"), member("alone")]


class Notes(Listener):
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.steps, self.labels, self.fitted, self.cached = [], [], [], 0, 0
        self.findings, self.unfinished = [], []

    def step(self, text):
        self.steps.append(text)

    def fits_begin(self, label, total):
        self.labels.append((label, total))

    def fit_done(self, label, *, cached):
        self.cached += cached
        self.fitted += not cached

    def note(self, text):
        self.notes.append(text)

    def found(self, finding):
        self.findings.append(finding)

    def left_out(self, work):
        self.unfinished.append(work)


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Timed(Executor):
    """Serial, and each fit takes as many seconds of a clock: always the same, or as a function of the job says.

    A fit that can be stopped ends with the deadline; one that cannot goes on.
    """

    def __init__(self, clock: Clock, seconds, stoppable: bool = False) -> None:
        self.clock, self.stoppable, self.jobs = clock, stoppable, []
        self.seconds = seconds if callable(seconds) else lambda job: seconds

    def submit(self, bench, job, deadline):
        self.jobs.append(job)
        seconds = self.seconds(job)
        if self.stoppable and deadline.left < seconds:
            self.clock.now += max(deadline.left, 0)
            future = Future()
            future.set_exception(OutOfTime())
            return future
        self.clock.now += seconds
        return SerialExecutor().submit(bench, job, Deadline.never())


def sample_of(kind: type[Competition], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kind().sample(folder)
    return folder


def bench_of(kind: type[Competition], folder: Path, competition: Competition | None = None, **more) -> Workbench:
    """A workbench on the sample of a competition; its cache lies in the folder."""
    competition = competition or kind()
    dataset = competition.load(sample_of(kind, folder / "data"))
    scheme = competition.schemes(dataset)[0]
    given = {"folds": scheme, "objective": Objective(competition.edition.metric), "cache": folder / "cache", **more}
    return Workbench(competition, given.pop("dataset", dataset), **given)


def serial(bench: Workbench, **more) -> Fitting:
    given = {"executor": SerialExecutor(), "folds": tuple(range(len(bench.folds))), "test_by": "folds", **more}
    return Fitting(**given)
