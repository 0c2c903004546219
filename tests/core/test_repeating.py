"""Further seeds are for the best of each member, and for what others read."""

from __future__ import annotations

from core.cross_validation import cross_validate
from core.plan import WorkItem
from core.repeating import further_seeds, worth_repeating
from tests.support.small import OnUpstream, Small, bench_of, member, serial


class Several(Small):
    def members(self, dataset):
        return [
            member("line", defaults={"shrink": 0.5}),
            member("second", OnUpstream, needs=("line",)),
            member("other", defaults={"shrink": 0.5}),
            member("fixed", seeded=False),
        ]


def fitted_of(bench):
    members = bench.members
    items = [WorkItem(name, 0, dict(members[name].defaults)) for name in members]
    items += [
        WorkItem("line", 0, {"shrink": 0.0}, trial=3),
        WorkItem("line", 0, {"shrink": 0.7}, trial=4),
        WorkItem("other", 0, {"shrink": 0.9}, trial=1),
    ]
    return cross_validate(bench, items, serial(bench))


def test_the_best_trial_of_each_member_and_the_defaults_that_others_read(tmp_path):
    bench = bench_of(Several, tmp_path)
    found = worth_repeating(bench, list(bench.members.values()), serial(bench), fitted_of(bench))
    assert [item.candidate for item in found] == ["line", "line~3", "second", "other"]
    assert found[1].params == {"shrink": 0.0}


def test_a_seed_of_all_comes_before_the_next(tmp_path):
    bench = bench_of(Several, tmp_path)
    items = list(further_seeds(bench, list(bench.members.values()), serial(bench), fitted_of(bench), 3))
    names = ["line", "line~3", "second", "other"]
    assert [item.names for item in items] == [(name, seed) for seed in (1, 2) for name in names]


def test_second_stages_read_the_further_seeds_of_the_defaults(tmp_path):
    bench = bench_of(Several, tmp_path)
    fitted = fitted_of(bench)
    again = further_seeds(bench, list(bench.members.values()), serial(bench), fitted, 2)
    cross_validate(bench, again, serial(bench), fitted=fitted)
    assert set(fitted.predictions["second"].out_of_fold) == {0, 1}
