"""Fitted estimators on disk, in formats that run no code when they are read."""

from __future__ import annotations

import importlib
import json
import sys
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from core.context import asks_for
from core.errors import Refusal

#: Top-level packages whose classes a saved model may name.
OWN_PACKAGES = ("core", "competitions")


def save_estimator(estimator: Any, folder: Path) -> None:
    """Write a fitted estimator into a new folder.

    One with `save_model(folder)` and a class method `load_model(folder)` writes itself (LightGBM text,
    CatBoost cbm, torch weights); anything else goes through skops. A `load_model` that reads an estimator inside it
    takes `trusted` too, and passes it on to `load_estimator`.
    """
    folder.mkdir(parents=True)
    kind = type(estimator)
    own = hasattr(estimator, "save_model")
    label = {"class": f"{kind.__module__}:{kind.__qualname__}", "format": "own" if own else "skops"}
    (folder / "estimator.json").write_text(json.dumps(label))
    if own:
        estimator.save_model(folder)
    else:
        _skops().dump(estimator, folder / "model.skops")


def load_estimator(folder: Path, trusted: Collection[str] = OWN_PACKAGES) -> Any:
    """Read a fitted estimator back.

    Parameters
    ----------
    trusted: top-level packages whose classes may be used besides those of scikit-learn and its base.

    Raises
    ------
    Refusal: the folder names a class outside the trusted packages, or is no saved model.
    """
    try:
        label = json.loads((folder / "estimator.json").read_text())
        module, _, name = label["class"].partition(":")
        own = label["format"] == "own"
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise _no_model(folder, error) from None
    if own:
        _trust([f"{module}.{name}"], trusted, folder)
        try:
            load = getattr(importlib.import_module(module), name).load_model
        except (ImportError, AttributeError) as error:
            raise _no_model(folder, error) from None
        return load(folder, **({"trusted": trusted} if asks_for(load, "trusted") else {}))
    io = _skops()
    try:
        unknown = io.get_untrusted_types(file=folder / "model.skops")
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _no_model(folder, error) from None
    _trust(unknown, trusted, folder)
    return io.load(folder / "model.skops", trusted=unknown)


def _skops() -> Any:
    """The module `skops.io`, without torch: it looks at every module of scikit-learn, one of which imports that.

    torch takes longer than all else that a run imports, and no model is kept in this way that has any.
    """
    unwanted = "sklearn.externals.array_api_compat.torch"
    if unwanted in sys.modules or "skops.io" in sys.modules:
        return importlib.import_module("skops.io")
    sys.modules[unwanted] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("skops.io")
    finally:
        del sys.modules[unwanted]


def _no_model(folder: Path, error: Exception) -> Refusal:
    return Refusal(f"{folder}: no saved model ({error})", "run the competition again with --fresh")


def trusted_packages(competition: object) -> tuple[str, ...]:
    """Top-level packages whose classes a competition's saved models may name."""
    return (*OWN_PACKAGES, type(competition).__module__.split(".")[0])


#: Where the classes of fitted models live. Classes alone are trusted: a file could have a function called, and
#: elsewhere (numpy.memmap, scipy.io) there are classes that open files.
LIBRARIES = ("sklearn", "scipy.interpolate", "scipy.sparse", "scipy.spatial", "scipy.stats", "numpy.random")

#: What fitted models name besides, none of which does anything.
HARMLESS = frozenset(
    {
        "numpy.dtype",
        "pandas.Index",
        "pandas.core.indexes.base.Index",
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
    }
)


def _is_library_class(name: str) -> bool:
    if not name.startswith(tuple(f"{library}." for library in LIBRARIES)) or "._testing." in name:
        return False
    module, _, attribute = name.rpartition(".")
    try:
        return isinstance(getattr(importlib.import_module(module), attribute), type)
    except (ImportError, AttributeError):
        return False


def _trust(names: Collection[str], trusted: Collection[str], folder: Path) -> None:
    for name in names:
        if name.split(".")[0] not in trusted and name not in HARMLESS and not _is_library_class(name):
            raise Refusal(
                f"{folder}: the saved model names {name}, which is not trusted",
                "only load runs that you made or whose models you know",
            )
