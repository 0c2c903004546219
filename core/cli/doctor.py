"""podium doctor"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from core.cli.common import add_submissions
from core.cli.discovery import CHECKOUT


class Finding(NamedTuple):
    """One thing that was looked at; `fix` is empty where all is well."""

    what: str
    seen: str
    fix: str = ""
    serious: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Ends with 1 when something must be mended before a run."
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    findings = [
        _python(),
        _checkout(),
        *_packages(CHECKOUT / "constraints.txt"),
        _disk(arguments.submissions),
        _writable(arguments.submissions),
        _machine(),
        _gpu(),
    ]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok  " if not finding.fix else ("MEND" if finding.serious else "note")
        print(f"{mark}  {finding.what:{width}}  {finding.seen}")
        if finding.fix:
            print(f"      {'':{width}}  fix: {finding.fix}")
    return 1 if any(finding.fix and finding.serious for finding in findings) else 0


def _python() -> Finding:
    seen = sys.version.split()[0]
    good = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Finding("Python", seen, "" if good else "use Python 3.11 to 3.13: make clean, then make PYTHON=…")


def _checkout() -> Finding:
    """Whether the `core` that is imported belongs to the checkout that the user stands in."""
    for folder in (here := Path.cwd(), *here.parents):
        if (folder / "core" / "road.py").is_file() and (folder / "competitions").is_dir():
            if folder.resolve() == CHECKOUT:
                break
            fix = f"another checkout's: use {folder}/.venv/bin/podium, or `make` there"
            return Finding("core", str(CHECKOUT / "core"), fix)
    return Finding("core", str(CHECKOUT / "core"))


def _packages(constraints: Path) -> Iterator[Finding]:
    """Pinned packages that are missing or of another version; missing extras are only a note."""
    other, absent = [], []
    pins = dict(_pins(constraints))
    for name, pinned in pins.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        if found.split("+")[0] != pinned:
            other.append(f"{name} {found} (pinned: {pinned})")
    yield Finding("packages", f"{len(pins) - len(other) - len(absent)} of {len(pins)} as pinned")
    if absent:
        yield Finding("packages", f"missing: {', '.join(absent)}", "make clean, then any make target", serious=False)
    if other:
        fix = "fine while it works; `make clean` and any make target bring the pinned ones"
        yield Finding("packages", f"other versions: {', '.join(other)}", fix, serious=False)


def _pins(constraints: Path) -> Iterator[tuple[str, str]]:
    if not constraints.is_file():
        return
    for line in constraints.read_text(encoding="utf-8").splitlines():
        name, equals, pinned = line.partition("#")[0].strip().partition("==")
        if equals:
            yield name, pinned.partition(";")[0].strip()


def _disk(submissions: Path) -> Finding:
    there = next(folder for folder in (submissions.absolute(), *submissions.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free / 2**30
    fix = "" if free > 2 else f"free some space: runs and their cache lie in {submissions}"
    return Finding("disk", f"{free:.1f} GiB free", fix)


def _writable(submissions: Path) -> Finding:
    try:
        submissions.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=submissions):
            pass
    except OSError as error:
        return Finding("submissions", f"{submissions}: {error.strerror}", "name another folder with --submissions")
    return Finding("submissions", str(submissions))


def _machine() -> Finding:
    from core.executors import available_cores

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Finding("machine", f"{available_cores()} cores, {memory:.0f} GiB memory")


def _gpu() -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding("torch", "not installed", "make installs it; only networks need it", serious=False)
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return Finding("torch", f"{torch.__version__}, {gpu}")
