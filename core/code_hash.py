"""A hash of the code a job runs, so that a cache entry dies with the code that made it."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path


def code_hash(modules: Iterable[str]) -> str:
    """Hash the docstring-free syntax trees of first-party modules and all first-party modules they import.

    Comments, docstrings and layout do not count. First-party are the packages of the given modules and
    `core`, `competitions`.
    """
    digest = hashlib.sha256()
    for name, path in sorted(import_closure(tuple(modules)).items()):
        digest.update(f"{name}:{_tree_dump(path, path.stat().st_mtime_ns)}".encode())
    return digest.hexdigest()[:16]


def import_closure(modules: tuple[str, ...]) -> dict[str, Path]:
    """Every first-party module that these import, directly or not, also inside functions: name → file."""
    own = {"core", "competitions", *(name.split(".")[0] for name in modules)}
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found or name.split(".")[0] not in own:
            continue
        path = _source(name)
        if path is None:
            continue
        found[name] = path
        waiting += _imported(path, name, path.stat().st_mtime_ns)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return found


def _source(name: str) -> Path | None:
    """The file of a module, or None when the name is no module (a class, say)."""
    loaded = sys.modules.get(name)
    file = getattr(loaded, "__file__", None)
    if file is None:
        spec = _spec(name)
        file = spec.origin if spec is not None else None
    return Path(file) if file is not None and file.endswith(".py") else None


def _spec(name: str) -> ModuleSpec | None:
    """Where a module is, found without running any code: `find_spec` would import all that is above it."""
    above = name.rpartition(".")[0]
    try:
        if not above:
            return importlib.util.find_spec(name)
        package = _spec(above)
        if package is None or package.submodule_search_locations is None:
            return None
        return PathFinder.find_spec(name, list(package.submodule_search_locations))
    except (ImportError, AttributeError, ValueError):
        return None


@cache
def _imported(path: Path, name: str, changed: int) -> list[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                stem = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*stem, base] if base else stem)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


@cache
def _tree_dump(path: Path, changed: int) -> str:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def revision() -> str | None:
    """The revision of this checkout, or None outside git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
