"""Write the report of a run: every section from what the run left, one page in its folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.budget import Budget
from core.competition import Competition
from core.dataset import Dataset
from core.errors import Refusal, of_storage
from core.estimators.saving import trusted_packages
from core.importance import Importance, permutation_importance
from core.report.columns import columns
from core.report.evidence import Evidence
from core.report.exhibits import exhibits
from core.report.findings import findings
from core.report.headline import headline
from core.report.markup import Html, callout, element, joined
from core.report.members import members
from core.report.page import page
from core.report.repeat import repeat
from core.report.section import Section
from core.report.sent import sent
from core.report.truth import truth
from core.report.tuning import tuning
from core.report.validation import validation
from core.road import load
from core.run import RunFolder
from core.settings import Settings
from core.writing import write_text

#: The page's name in the run folder.
REPORT = "report.html"

Make = Callable[[Evidence], Section | None]


def write_report(
    run: RunFolder, competition: Competition | None = None, *, data: Path | None = None, seconds: float = 0.0
) -> Path:
    """Write the page of a run, whole or not at all; equal runs give equal bytes.

    Parameters
    ----------
    competition: of the run's edition and options; without it, less is said.
    data: the folder of its files, where they have moved. They are read only where something is made of them.
    seconds: how long permutation importance may take; 0 for none of it. It is kept in run.json, and made anew only
        where columns were left out and more time is granted now.

    Returns
    -------
    The path of the page.

    Raises
    ------
    OSError: the folder cannot be written.
    """
    importance, granted = _kept_importance(run)
    wanted = seconds > 0 if importance is None else seconds > granted and importance.left_out > 0
    evidence = _evidence(run, competition, data, wanted=wanted)
    why = "It was not asked for; podium report makes it."
    if wanted:
        made, why = _importance(evidence, seconds)
        importance = made or importance
    page = _page(evidence, partial(columns, found=importance, why_not=why))
    path = run.path / REPORT
    write_text(path, page)
    return path


def _evidence(run: RunFolder, competition: Competition | None, data: Path | None, *, wanted: bool) -> Evidence:
    """The run with its data, where something hangs on them: importance, groups, keys of blend or decision."""
    record = run.record
    blend = record.get("blend") or {}
    needed = wanted or record.get("result", {}).get("per") or record.get("decision")
    needed = needed or blend.get("per") or blend.get("regime")
    if not needed:
        return Evidence(run, competition)
    found, why = _data(run, competition, data)
    return Evidence(run, competition, found, why)


def _data(run: RunFolder, competition: Competition | None, data: Path | None) -> tuple[Dataset | None, str]:
    """The data of the run, or why they cannot be had."""
    request = run.record.get("request", {})
    folder = data or run.record.get("data_folder")
    if competition is None or folder is None:
        return None, "the competition is not known here" if competition is None else "the run names no data folder"
    settings = request.get("settings", {})
    try:
        asked = Settings(fraction=settings.get("fraction"), seed=settings.get("seed", 0))
        dataset, _ = load(competition, Path(folder), asked)
    except Refusal as refusal:
        return None, f"the data cannot be read ({refusal.problem})"
    except Exception as error:
        return None, f"the data cannot be read ({type(error).__name__}: {error})"
    if dataset.fingerprint != request.get("data"):
        return None, f"the data in {folder} are no longer those of the run"
    return dataset, ""


def _kept_importance(run: RunFolder) -> tuple[Importance | None, float]:
    """What an earlier report found of this very submission, and in how many seconds."""
    kept = run.record.get("importance")
    if not kept or kept.get("of") != run.record.get("result", {}).get("submission_sha256"):
        return None, 0.0
    return Importance.from_json(kept["found"]), float(kept["seconds"])


def _importance(evidence: Evidence, seconds: float) -> tuple[Importance | None, str]:
    """Permutation importance of the heaviest member with models, kept in run.json; or why there is none."""
    run, models = evidence.run, evidence.record.get("models", {})
    member = next((name for name in evidence.weighted if name in models), None)
    if evidence.dataset is None:
        return None, f"There is none: {evidence.without_data}."
    if evidence.judge is None or not evidence.scored or evidence.competition is None:
        return None, "There is none: the run has no scored rows, or its metric is not known here."
    if member is None:
        return None, "There is none: no member with a weight has saved models."
    try:
        found = permutation_importance(
            run,
            member,
            evidence.dataset,
            evidence.judge,
            evidence.scored,
            trusted_packages(evidence.competition),
            Budget(seconds),
        )
    except Refusal as refusal:
        return None, f"There is none: {refusal.problem}."
    except Exception as error:
        if of_storage(error):
            raise
        return None, f"It could not be made: {type(error).__name__}: {error}"
    _keep(run, found, seconds)
    return found, ""


def _keep(run: RunFolder, found: Importance, seconds: float) -> None:
    """Add it to run.json, unless another process is at work there."""
    if not run.lock():
        return
    try:
        run.record = RunFolder.open(run.path).record
        of = run.record.get("result", {}).get("submission_sha256")
        run.save(importance={"of": of, "seconds": seconds, "found": found.to_json()})
    finally:
        run.unlock()


def _page(evidence: Evidence, importance: Make) -> str:
    """The whole page."""
    made: list[Make] = [validation, truth, members, tuning, importance, findings, sent, exhibits, repeat]
    sections = [section for make in made if (section := _made(make, evidence)) is not None]
    title = f"{evidence.record.get('competition', 'run')} · {evidence.record.get('run_id', '')}"
    return page(title, _top(evidence), sections)


def _top(evidence: Evidence) -> Html:
    try:
        return headline(evidence)
    except Exception as error:
        return joined([element("h1", evidence.record.get("competition", "run")), _fault("The headline", error)])


def _made(make: Make, evidence: Evidence) -> Section | None:
    """A section; a fault in one costs the others nothing, but it is told."""
    try:
        return make(evidence)
    except Exception as error:
        if of_storage(error):
            raise
        name = getattr(make, "__name__", "columns")
        return Section(f"fault-{name}", f"{name.capitalize()}", _fault("This section", error))


def _fault(what: str, error: Exception) -> Html:
    return callout("warning", f"{what} could not be made: {type(error).__name__}: {error}")
