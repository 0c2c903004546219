"""The top of the page: the score, what it is beside, what to expect, what to mind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.checks.finding import SEVERITIES
from core.exhibit import EXPECTED
from core.log_linear import effective_rows
from core.objective import Score
from core.report.evidence import Evidence
from core.report.markup import Html, callout, element, number, paragraph, plus_minus, unfolding

#: Boxes that are seen at once.
MOST_BOXES = 5


def headline(evidence: Evidence) -> Html:
    """The header of the page."""
    record = evidence.record
    over = [record.get("request", {}).get("edition"), record.get("run_id")]
    parts = [
        paragraph(" · ".join(str(part) for part in over if part), class_="over"),
        element("h1", record.get("competition", "a run")),
    ]
    if evidence.result:
        doubts = [callout("warning", text) for text in _doubts(record)]
        parts += [paragraph(_metric(evidence), class_="metric"), *doubts, _cards(evidence), *_expected(evidence)]
    boxes = sorted(_boxes(evidence), key=lambda box: SEVERITIES.index(box[0]))
    shown = [callout(severity, said) for severity, said in boxes]
    rest = shown[MOST_BOXES:]
    return element("header", *parts, *shown[:MOST_BOXES], unfolding(f"{len(rest)} more", *rest) if rest else "")


def paired(scores: Sequence[float | None], others: Sequence[float | None]) -> Score:
    """The difference of two scores on the same folds; nothing where the folds are not the same number.

    >>> round(paired([0.5, 0.7], [0.4, 0.5]).value, 2)
    0.15
    """
    if len(scores) != len(others):
        return Score(())
    return Score(tuple(known(a) - known(b) for a, b in zip(scores, others, strict=True)))


def known(value: float | None) -> float:
    """A number of run.json, which has None for NaN."""
    return math.nan if value is None else float(value)


def better_than_baseline(evidence: Evidence) -> Score:
    """What the blend gains on the baseline, fold by fold; positive where it is better."""
    result = evidence.result
    baseline = result.get("members", {}).get(result.get("baseline", {}).get("member"), {})
    gained = paired(result.get("nested", {}).get("folds", ()), baseline.get("folds", ()))
    return gained if evidence.higher else Score(tuple(-value for value in gained.folds))


def spread_on_test(evidence: Evidence) -> float:
    """Half the width of the interval for the score of the test file, 95 %; NaN where one fold alone is scored.

    Student's t with one degree of freedom less than folds. The standard error over folds speaks of the mean over any
    number of rows; a file of m test rows strays further: its variance is (1 + n / m) times as large, n being the
    rows scored, or the equal rows that weighted ones are worth (Kish 1965).
    """
    from scipy.stats import t

    result, record = evidence.result, evidence.record
    error = known(result.get("nested", {}).get("standard_error"))
    folds = sum(math.isfinite(known(value)) for value in result.get("nested", {}).get("folds", ()))
    rows, test = record.get("folds", {}).get("rows_scored"), record.get("rows", {}).get("test")
    if folds < 2 or not rows or not test:
        return math.nan
    if len(evidence.judged):
        rows = effective_rows(evidence.weight[evidence.judged])
    return float(t.ppf(0.975, folds - 1) * error * math.sqrt(1 + rows / test))


def _metric(evidence: Evidence) -> str:
    result = evidence.result
    said = f"{result.get('metric', 'score')}, {'higher' if evidence.higher else 'lower'} is better"
    if result.get("weighted"):
        said += ", rows weighted to the test"
    if result.get("per"):
        said += f", mean per {result['per']}"
    return said


def _cards(evidence: Evidence) -> Html:
    result = evidence.result
    nested, baseline = result.get("nested", {}), result.get("baseline", {})
    gained = better_than_baseline(evidence)
    cards = [
        (
            "nested score",
            number(nested.get("score")),
            f"± {number(nested.get('standard_error'), 2)} standard error over {len(nested.get('folds', ()))} folds;"
            " the blend was chosen without the fold it is scored on",
        ),
        ("baseline", number(baseline.get("score")), f"{baseline.get('member') or 'none'}: a trivial answer"),
    ]
    if math.isfinite(gained.value):
        error = gained.standard_error
        apart = f"{gained.value / error:.1f} s.e." if math.isfinite(error) and error > 0 else number(gained.value)
        cards.append(
            (
                "better than the baseline by",
                apart.replace("-", "−"),
                f"{plus_minus(gained.value, error)}, paired by fold",
            )
        )
    selection = "the final blend on the rows that chose its weights: optimistic, never compare it"
    cards.append(("selection score", number(result.get("selection")), selection))
    return element("dl", *(_card(*card) for card in cards), class_="cards")


def _card(name: str, value: str, said: str) -> Html:
    return element("div", element("dt", name), element("dd", value, class_="big"), element("dd", said), class_="card")


def _expected(evidence: Evidence) -> list[Html]:
    score = known(evidence.result.get("nested", {}).get("score"))
    if not math.isfinite(score) or evidence.record.get("mixed"):  # the answer is not what was scored
        return []
    told = any(table.get("title") == EXPECTED for table in evidence.record.get("extras", ()))
    spread = math.nan if told else spread_on_test(evidence)
    test = evidence.record.get("rows", {}).get("test")
    said = f"On the leaderboard expect about {_padded(score)}"
    if told:
        said += f" (the table “{EXPECTED}” says how far from it)"
    if math.isfinite(spread):
        low, high = _padded(score - spread), _padded(score + spread)
        said += f", and between {low} and {high} in 19 of 20 cases"
    said += ", if the test rows differ from the fitted ones as the folds imitate it"
    if math.isfinite(spread):
        said += f"; a leaderboard that scores only some of the {test} test rows strays further"
    return [paragraph(said + ".", class_="expected")]


def _padded(value: float) -> str:
    """Four digits that count, with zeros at the end."""
    return f"{value:#.4g}".rstrip(".").replace("-", "−")


def _doubts(record: Mapping[str, Any]) -> list[str]:
    """What makes all scores doubtful, so that it stands above them: what nothing validates, or is suspicious."""
    mixed = record.get("mixed") or {}
    brought = [*(record.get("outside") or {}).values(), mixed]
    return [*([mixed["note"]] if mixed else []), *(text for one in brought for text in one.get("suspicious", ()))]


def _boxes(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What to mind, as severity and sentence."""
    record, result = evidence.record, evidence.result
    if record.get("status") != "finished":
        yield "warning", "this run is not finished; give its command again to go on with it"
    for finding in record.get("findings", ()):
        if finding["severity"] != "note":
            yield finding["severity"], f"{finding['message']} → {finding['advice']}"
    gained = better_than_baseline(evidence)
    if gained.value < 2 * gained.standard_error:
        said = "the blend is less than two standard errors better than the baseline: that may be chance"
        yield "warning", said
    if share := record.get("request", {}).get("settings", {}).get("fraction"):
        yield "note", f"a quick look: {share:.0%} of the rows"
    folds = record.get("folds", {})
    if len(folds.get("fitted", ())) == 1 and result:
        yield "note", "one fold alone is scored: nothing was chosen by its score, and no standard error is known"
    for text in record.get("left_out", ()):
        yield "note", f"left out when the budget ended: {text}"
    doubts = tuple(_doubts(record))
    for text in record.get("notes", ()):
        if not text.endswith(doubts):  # those stand above the scores; a note of one parent begins with its id
            yield "note", text
