from __future__ import annotations

import pytest

from core.errors import Refusal
from core.metrics import RMSE, named, names
from core.metrics.catalogue import FAMILIES, METRICS


def test_a_name_without_numbers_gives_the_very_metric() -> None:
    assert named("rmse") is RMSE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ndcg@10", "ndcg@10"),
        ("ndcg@010", "ndcg@10"),
        ("pinball@.5", "pinball@0.5"),
        ("pinball@0.10,0.9", "pinball@0.1,0.9"),
        ("qwk_values@-1,3", "qwk_values@-1,3"),
        ("set_fbeta@2.0", "set_fbeta@2"),
        ("weighted_log_loss@1,2,4e0", "weighted_log_loss@1,2,4"),
    ],
)
def test_numbers_are_read_and_written_in_one_way(text: str, name: str) -> None:
    assert named(text).name == name


@pytest.mark.parametrize("text", ["", "rmsee", "RMSE", " rmse", "@", "@3", "ndgc@10"])
def test_an_unknown_name_is_refused_with_all_known_ones(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        named(text)
    for known in ("rmse", "ndcg@k", "padded_cmap@rows"):
        assert known in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "ndcg@",
        "ndcg@ten",
        "ndcg@0",
        "ndcg@-3",
        "ndcg@1.5",
        "ndcg@1,2",
        "ndcg@1_0",
        "ndcg@ 5",
        "ndcg@٣",
        "pinball@nan",
        "pinball@inf",
        "pinball@1.5",
        "pinball@0.5,",
        "pinball@0.5,0.5",
        "qwk_values@5",
        "qwk_values@6,1",
        "crps_cdf@1,2,3",
        "set_fbeta@0",
        "set_fbeta@1e999",
        "padded_cmap@0",
        "weighted_log_loss@1",
        "weighted_log_loss@1,-2",
    ],
)
def test_numbers_that_a_metric_cannot_have_are_refused_with_its_form(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        named(text)
    assert FAMILIES[text.partition("@")[0]].form in str(refusal.value)


def test_a_metric_that_has_no_numbers_says_so_and_one_that_needs_them_too() -> None:
    with pytest.raises(Refusal, match="rmse has no numbers"):
        named("rmse@3")
    with pytest.raises(Refusal, match="ndcg has numbers"):
        named("ndcg")


def test_balanced_log_loss_has_a_form_with_and_one_without_numbers() -> None:
    assert named("balanced_log_loss").name == "balanced_log_loss"
    assert named("balanced_log_loss@1,2").name == "balanced_log_loss@1,2"


def test_all_names_are_listed_once_and_sorted() -> None:
    listed = names()
    assert listed == sorted(set(listed))
    assert len(listed) == len(METRICS) + len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.form)
def test_the_example_of_a_form_is_one(family) -> None:
    assert named(family.example).name == family.example
    assert family.example.partition("@")[0] == family.form.partition("@")[0]
