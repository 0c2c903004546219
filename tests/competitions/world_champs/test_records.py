"""The files of the competition, whole and damaged."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.records import read_records, read_starters, results_of, with_starts
from core.errors import Refusal


@pytest.fixture
def folder(sample, tmp_path):
    shutil.copytree(sample, tmp_path / "data")
    return tmp_path / "data"


def test_events_are_in_order_of_time_and_stages_start_with_their_race(records):
    events = records.events
    assert events["day"].is_monotonic_increasing
    staged = events[events["parent_race"] != ""]
    assert (staged["start"] <= staged["day"]).all()
    assert (staged["start"] < staged["day"]).any()
    alone = events[events["parent_race"] == ""]
    assert (alone["start"] == alone["day"]).all()
    assert set(records.results["event_id"]) <= set(events.index)


def test_a_stage_race_of_two_years_starts_twice():
    days = [100, 101, 103, 460, 461]
    frame = pd.DataFrame({"parent_race": ["Tour"] * 5, "day": days}, index=list("abcde"))
    assert with_starts(frame)["start"].tolist() == [100, 100, 100, 460, 460]


def test_who_finished_at_an_unknown_place_is_not_placed(folder):
    frame = pd.read_parquet(folder / "results.parquet")
    frame.loc[:1, "position"] = np.nan
    frame.loc[:1, "status"] = ["FIN", "DNF"]
    frame.to_parquet(folder / "results.parquet")
    found = read_records(folder).results
    assert found["placed"][:2].tolist() == [0.0, 1.0]


def test_a_csv_file_of_results_does_as_well(folder):
    frame = pd.read_parquet(folder / "results.parquet")
    frame.to_csv(folder / "results.csv", index=False)
    (folder / "results.parquet").unlink()
    assert results_of(folder).name == "results.csv"
    again, packed = read_records(folder), frame
    assert len(again.results) == len(packed)
    assert again.results["points"].sum() == packed["pcs_points"].fillna(0).sum()


def test_what_is_not_known_yet_is_gone(records):
    day = int(records.events["day"].median())
    early = records.before(day)
    assert early.events["day"].max() < day
    assert set(early.results["event_id"]) <= set(early.events.index)
    event = records.results["event_id"][0]
    assert event not in set(records.without([event]).results["event_id"])


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("results", lambda f: f.drop(columns="position"), "no column 'position'"),
        ("results", lambda f: f.assign(status="ALIVE"), "'status': 'ALIVE'"),
        ("results", lambda f: f.assign(position=0.5), "'position': "),
        ("results", lambda f: pd.concat([f, f[:1]]), "'rider_id': "),
        ("results", lambda f: f.assign(pcs_points="12,5"), "'pcs_points': '12,5'"),
        ("results", lambda f: f.assign(pcs_points=float("inf")), "'pcs_points': "),
        ("results", lambda f: f.assign(event_id=["nowhere", *f["event_id"][1:]]), "is not in races.csv"),
        ("results", lambda f: f.assign(rider_id=["nobody", *f["rider_id"][1:]]), "is not in riders.csv"),
        ("races", lambda f: f.assign(date="soon"), "column 'date': 'soon'"),
        ("races", lambda f: f.assign(kind="criterium"), "column 'kind': 'criterium'"),
        ("races", lambda f: f.drop(columns="race_class"), "no column 'race_class'"),
        ("riders", lambda f: pd.concat([f, f[:1]]), "rider_id"),
    ],
)
def test_damaged_files_are_refused_with_the_row(folder, file, change, said):
    path = folder / f"{file}.{'parquet' if file == 'results' else 'csv'}"
    frame = change(pd.read_parquet(path) if file == "results" else pd.read_csv(path, dtype=str))
    if file == "results":
        frame.reset_index(drop=True).to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    with pytest.raises(Refusal) as caught:
        read_records(folder)
    assert said in str(caught.value)
    assert caught.value.way_out


@pytest.mark.parametrize("bytes_kept", [0, 100, 5000])
def test_a_truncated_parquet_file_is_refused(folder, bytes_kept):
    path = folder / "results.parquet"
    path.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(Refusal, match="not readable as Parquet"):
        read_records(folder)


def test_start_lists_name_known_events_and_riders(folder, records):
    path = folder / "startlists.csv"
    frame = pd.read_csv(path)
    assert len(read_starters(path, records)) == len(frame)
    frame.assign(rider_id="nobody").to_csv(path, index=False)
    with pytest.raises(Refusal):
        read_starters(path, records)
