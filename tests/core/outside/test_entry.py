"""Members of several runs under names of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.outside.entry import candidates, entries_of, family_of, prefixes_of
from core.outside.stored import stored_predictions
from tests.core.outside.made import copied, ground


def test_equal_members_enter_once_and_others_are_named_after_their_run(pair):
    entries = entries_of([pair.first, pair.second], ground(pair.first))
    prefixes = prefixes_of([pair.first.run_id, pair.second.run_id])
    noisy = sorted(f"noisy@{prefixes[run.run_id]}" for run in (pair.first, pair.second))
    assert [entry.name for entry in entries] == ["constant", "line", *noisy]
    both = [pair.first, pair.second]
    assert entries[1].sources == tuple((run, "line") for run in sorted(both, key=lambda run: run.run_id))
    assert [name for _, name in entries[2].sources] == ["noisy"]
    for entry in entries:
        run, name = entry.sources[0]
        predictions, _ = stored_predictions(run, name)
        assert np.array_equal(entry.out_of_fold, predictions.mean_out_of_fold, equal_nan=True)
        assert np.array_equal(entry.test, predictions.mean_test)


def test_baselines_are_no_candidates_unless_there_is_nothing_else(pair):
    entries = entries_of([pair.first], ground(pair.first))
    assert [entry.name for entry in candidates(entries)] == ["line", "noisy"]
    assert [entry.name for entry in candidates(entries[:1])] == ["constant"]


def test_one_run_alone_keeps_its_names(pair):
    assert [entry.name for entry in entries_of([pair.first], ground(pair.first))] == ["constant", "line", "noisy"]


def test_a_run_that_was_extended_after_it_was_blended_gets_a_name_of_its_own(pair, tmp_path):
    """Its earlier member has the name of the run already."""
    blend = copied(pair.first, tmp_path / "20990101-000000-blend")
    prefix = prefixes_of([blend.run_id, pair.second.run_id])[pair.second.run_id]
    members = blend.record["result"]["members"]
    folder = blend.path / "predictions"
    (folder / "noisy.npz").rename(folder / f"noisy@{prefix}.npz")
    members[f"noisy@{prefix}"] = members.pop("noisy")
    names = [entry.name for entry in entries_of([pair.second, blend], ground(pair.first))]
    assert len(names) == len(set(names)) == 4
    assert sum(name.startswith(f"noisy@{prefix}") for name in names) == 2


def test_predictions_of_other_rows_are_refused(pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    path = run.path / "folds.npz"
    arrays = dict(np.load(path))
    arrays["score_ids"] = arrays["score_ids"][::-1]
    np.savez(path, **arrays)
    with pytest.raises(Refusal, match="the score rows of member 'constant' are not those of its data"):
        entries_of([run], ground(pair.first))


@pytest.mark.parametrize(("name", "family"), [("a", "a"), ("a~3", "a"), ("a@20260101-000000", "a"), ("a~3@x", "a")])
def test_a_family_is_the_member_whatever_its_trial_and_run(name, family):
    assert family_of(name) == family


@given(st.sets(st.tuples(st.integers(0, 3), st.text("ab", min_size=8, max_size=8), st.integers(0, 2)), min_size=1))
def test_prefixes_tell_runs_apart(parts):
    ids = [f"20260101-00000{second}-{mark}" + (f"-{number}" if number else "") for second, mark, number in parts]
    found = prefixes_of(ids)
    assert len(set(found.values())) == len(ids)
    assert all(run_id.startswith(prefix) and len(prefix) >= 15 for run_id, prefix in found.items())
    assert not any(prefix.endswith("-") for prefix in found.values())
