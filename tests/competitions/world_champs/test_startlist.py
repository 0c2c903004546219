"""Start lists as people write them."""

from __future__ import annotations

import pandas as pd
import pytest

from competitions.world_champs.startlist import _born, read_startlist
from core.errors import Refusal


def written(tmp_path, text):
    path = tmp_path / "start.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def last_day(records):
    return int(records.events["day"].max()) + 1


def test_ids_names_and_other_orders_are_read_and_told(records, last_day, tmp_path):
    one, two, three = records.riders.index[:3]
    family_first = " ".join(reversed(records.riders["name"][two].split()))
    slip = records.riders["name"][three] + "x"
    found = read_startlist(written(tmp_path, f"name\n{one}\n{family_first}\n{slip}\nA Debutant\n"), records, last_day)
    assert found.riders == (one, two, three, "A Debutant")
    assert found.unknown == ("A Debutant",)
    assert len(found.notes) == 1  # of the slip
    assert three in found.notes[0]


def test_names_that_are_not_clear_are_listed_all_at_once(records, last_day, tmp_path):
    families = records.riders["name"].str.split().str[-1]
    common = families.value_counts()
    two = list(common.index[common > 3][:2])
    with pytest.raises(Refusal) as caught:
        read_startlist(written(tmp_path, "name\n" + "\n".join(two) + "\n"), records, last_day)
    assert "2 names are not clear" in str(caught.value)
    assert all(name in str(caught.value) for name in two)
    assert "born" in caught.value.way_out


def test_nation_and_year_of_birth_tell_namesakes_apart(records, last_day, tmp_path):
    riders = records.riders.copy()
    one, two = riders.index[:2]
    riders.loc[two, "name"] = riders["name"][one]
    riders.loc[[one, two], "nationality"] = ["Alland", "Borne"]
    riders.loc[[one, two], "born"] = [7000.0, 9500.0]
    namesakes = type(records)(records.events, records.results, riders)
    name, other = riders["name"][one], riders.index[5]
    for column, value in (("nationality", "borne"), ("born", "1996")):
        path = written(tmp_path, f"name,{column}\n{name},{value}\n{other},\n")
        assert read_startlist(path, namesakes, last_day).riders[0] == two
    with pytest.raises(Refusal, match="1 names are not clear"):
        read_startlist(written(tmp_path, f"name\n{name}\n{other}\n"), namesakes, last_day)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("who\na\nb\n", "no column 'name'"),
        ("name\n", "no rows"),
        ("name\n{0}\n", "1 riders"),
        ("name\n{0}\n{0}\n", "twice"),
    ],
)
def test_start_lists_that_are_none_are_refused(records, last_day, tmp_path, text, said):
    path = written(tmp_path, text.format(records.riders.index[0]))
    with pytest.raises(Refusal) as caught:
        read_startlist(path, records, last_day)
    assert said in str(caught.value)


def test_who_is_only_perhaps_meant_counts_as_unknown_and_is_named(records, last_day, tmp_path):
    riders = records.riders.copy()
    riders.loc[riders.index[0], "name"] = "Sebastian Moya"
    known = type(records)(records.events, records.results, riders)
    found = read_startlist(written(tmp_path, f"name\nSebastian Mora\n{riders.index[1]}\n"), known, last_day)
    assert found.unknown == ("Sebastian Mora",)
    assert "counts as unknown" in found.notes[0]
    assert riders.index[0] in found.notes[0]


def test_riders_who_are_there_twice_are_told_all_at_once_with_their_rows(records, last_day, tmp_path):
    one, two, three = records.riders.index[:3]
    with pytest.raises(Refusal, match=f"{one} in rows 2 and 4; {two} in rows 3 and 6"):
        read_startlist(written(tmp_path, "name\n" + "\n".join([one, two, one, three, two])), records, last_day)


@pytest.mark.parametrize("born", ["1988-01-01", "1988-12-31", "1969-06-01"])
def test_years_of_birth_are_those_of_the_calendar(records, born):
    riders = records.riders.assign(born=float((pd.Timestamp(born) - pd.Timestamp(0)).days))
    assert _born(riders.index[0], riders) == int(born[:4])


@pytest.mark.parametrize(
    ("text", "said"), [("name;nationality\nA B;C\n", "semicolons"), ("name\nA | B\nC D\n", "without")]
)
def test_odd_files_are_refused_for_what_is_odd(records, last_day, tmp_path, text, said):
    with pytest.raises(Refusal) as caught:
        read_startlist(written(tmp_path, text), records, last_day)
    assert said in str(caught.value)


def test_capitals_in_the_header_do_not_matter(records, last_day, tmp_path):
    one, two = records.riders.index[:2]
    found = read_startlist(written(tmp_path, f"Name,Nationality\n{one},X\n{two},Y\n"), records, last_day)
    assert found.riders == (one, two)
