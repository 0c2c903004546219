"""An environment of its own for every peer, made once with pip.

A finished one holds a file `.ready` with what it was made from and the versions that pip chose. One without it is half
made, and one of other requirements is out of date: both are made anew.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from core.errors import Refusal
from core.writing import write_text

READY = ".ready"

#: The packages of each peer, in the order of installation: torch by itself and first, for the build without a GPU.
#: The extras are those of the peer's usual install whose models need no download. The boosters are pinned to those of
#: Podium (constraints.txt), so that no peer is behind or ahead by a library's version.
REQUIREMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "autogluon": (
        ("torch==2.13.0",),
        ("autogluon.tabular[lightgbm,catboost,xgboost,fastai,ray]==1.6.3",),
    ),
    "flaml": (("flaml[automl,catboost]==2.7.0", "pandas<3"),),
}

#: The package whose version is the peer's.
PACKAGES = {"autogluon": "autogluon.tabular", "flaml": "flaml"}

BOOSTERS = ("lightgbm", "catboost")


def environment(tool: str, root: Path, constraints: Path) -> tuple[Path, dict[str, str]]:
    """The Python of a peer, made first where it is not there, and the versions of its packages.

    Parameters
    ----------
    root: the folder of all environments.
    constraints: pins of which those of the boosters hold here too.

    Raises
    ------
    Refusal: packages that cannot be installed.
    """
    folder = root / tool
    python = folder / "bin" / "python"
    pins = boosters(constraints.read_text())
    recipe = {"python": list(sys.version_info[:3]), "requirements": [list(s) for s in REQUIREMENTS[tool]], "pins": pins}
    made = _made(folder)
    if made.get("recipe") != recipe or not python.exists():
        _make(folder, python, pins, tool)
        versions = _versions(python)
        write_text(folder / READY, json.dumps({"recipe": recipe, "versions": versions}, indent=1) + "\n")
        made = {"versions": versions}
    return python, made["versions"]


def boosters(constraints: str) -> list[str]:
    """The pins of the boosters among the lines of a file of constraints.

    >>> boosters("numpy==2.4.6\\nlightgbm==4.7.0\\n# lightgbm\\ncatboost==1.2.10\\n")
    ['lightgbm==4.7.0', 'catboost==1.2.10']
    """
    return [line for line in constraints.splitlines() if line.partition("==")[0] in BOOSTERS]


def _made(folder: Path) -> dict:
    try:
        return json.loads((folder / READY).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}


def _make(folder: Path, python: Path, pins: list[str], tool: str) -> None:
    print(f"making {folder} (once; a few minutes)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    log = folder / "install.log"
    with log.open("w") as said:
        for packages in REQUIREMENTS[tool]:
            command = [str(python), "-I", "-m", "pip", "install", *packages, *pins]
            if subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, check=False).returncode:
                raise Refusal(
                    f"{tool}: its packages cannot be installed; the whole log is in {log}",
                    "mend the cause and run the same command again: what is there is kept",
                )


def _versions(python: Path) -> dict[str, str]:
    command = [str(python), "-I", "-m", "pip", "list", "--format", "json"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {package["name"].lower(): package["version"] for package in json.loads(listed)}
