"""A cache entry dies with the code that made it, and with nothing else."""

from __future__ import annotations

import importlib
import os
import sys
from itertools import count
from pathlib import Path

import pytest

from core.code_hash import code_hash, import_closure

ROOT = Path(__file__).parents[2]
NAME = "hashed_package"
OTHER = "hashed_third_party"

FILES = {
    f"{NAME}/__init__.py": "",
    f"{NAME}/main.py": f'"""Main."""\n\nimport {OTHER}\n\nfrom {NAME}.near import value\n\n\ndef go():\n'
    f'    """Go."""\n    from {NAME}.lazy import late\n\n    return value() + late()  # a sum\n',
    f"{NAME}/near.py": "from . import beside\n\n\ndef value():\n    return beside.NUMBER\n",
    f"{NAME}/beside.py": "NUMBER = 1\n",
    f"{NAME}/lazy.py": "from .deep.inner import NUMBER\n\n\ndef late():\n    return NUMBER\n",
    f"{NAME}/deep/__init__.py": "",
    f"{NAME}/deep/inner.py": "from ..above import NUMBER\n",
    f"{NAME}/above.py": "NUMBER = 1\n",
    f"{NAME}/unused.py": "NUMBER = 1\n",
    f"{OTHER}.py": "NUMBER = 1\n",
}

numbers = count(1)


def forget():
    for name in [name for name in sys.modules if name.split(".")[0] in (NAME, OTHER)]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package on the path; gives the function that changes one of its files."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()

    def change(name, content):
        path = tmp_path / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        # Two writes within one tick of the file system's clock: times are moved apart by hand.
        os.utime(path, ns=(0, 10**18 + next(numbers) * 10**9))
        forget()

    yield change
    forget()


def digest():
    return code_hash([f"{NAME}.main"])


def closure(*modules):
    return {name.removeprefix(f"{NAME}.") for name in import_closure(tuple(modules or (f"{NAME}.main",)))}


# What is reached


def test_every_first_party_module_is_reached_and_no_other(package):
    assert closure() == {NAME, "main", "near", "beside", "lazy", "deep", "deep.inner", "above"}


def test_the_files_are_those_of_the_modules(package, tmp_path):
    found = import_closure((f"{NAME}.main",))
    assert found[f"{NAME}.deep.inner"] == tmp_path / NAME / "deep" / "inner.py"
    assert found[f"{NAME}.deep"] == tmp_path / NAME / "deep" / "__init__.py"


IMPORTS = {
    "import": f"import {NAME}.unused",
    "import as": f"import {NAME}.unused as other",
    "from package": f"from {NAME} import unused",
    "from module": f"from {NAME}.unused import NUMBER",
    "a star": f"from {NAME}.unused import *",
    "relative module": "from . import unused",
    "relative name": "from .unused import NUMBER",
    "in a function": f"def f():\n    import {NAME}.unused",
    "in a class": "class C:\n    from .unused import NUMBER",
    "in a condition": f"if True:\n    try:\n        import {NAME}.unused\n    except ImportError:\n        pass",
    "several": f"import os, {NAME}.unused",
}


@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS)
def test_every_way_to_import_is_followed(package, text):
    package("main.py", text + "\n")
    assert "unused" in closure()


@pytest.mark.parametrize("text", ["from . import inner", "from .inner import NUMBER", "from ..unused import NUMBER"])
def test_relative_imports_of_a_package_start_at_the_package(package, text):
    package("deep/__init__.py", text + "\n")
    found = closure(f"{NAME}.deep")
    assert ("unused" if "unused" in text else "deep.inner") in found


def test_relative_imports_of_a_module_start_at_its_package(package):
    package("deep/other.py", "from . import inner\n")
    package("deep/inner.py", "from .. import unused\n")
    assert closure(f"{NAME}.deep.other") == {NAME, "deep", "deep.other", "deep.inner", "unused"}


def test_modules_that_import_each_other_end(package):
    package("near.py", f"import {NAME}.main\n")
    assert {"main", "near"} <= closure()


def test_a_module_is_reached_through_a_package_that_hands_it_on(package):
    package("deep/__init__.py", "from .inner import NUMBER\n")
    package("main.py", f"from {NAME}.deep import NUMBER\n")
    assert closure() == {NAME, "main", "deep", "deep.inner", "above"}


# What the hash tells


def test_the_hash_is_steady(package):
    before = digest()
    forget()
    assert digest() == before


@pytest.mark.parametrize("name", ["main", "near", "beside", "lazy", "deep/__init__", "deep/inner", "above", "__init__"])
def test_code_changes_the_hash_wherever_it_is_reached(package, name):
    before = digest()
    package(f"{name}.py", FILES[f"{NAME}/{name}.py"] + "\nMORE = 1\n")
    assert digest() != before


def test_a_single_number_changes_the_hash(package):
    before = digest()
    package("above.py", "NUMBER = 2\n")
    assert digest() != before
    package("above.py", "NUMBER = 1\n")
    assert digest() == before


SAME = {
    "docstrings": '"""Other."""\nimport OTHER\nfrom NAME.near import value\ndef go():\n    """More\n    words."""\n'
    "    from NAME.lazy import late\n    return value() + late()\n",
    "no docstrings": "import OTHER\nfrom NAME.near import value\ndef go():\n    from NAME.lazy import late\n"
    "    return value() + late()\n",
    "comments and layout": "# new\nimport OTHER\n\n\n\nfrom NAME.near import (\n    value,  # one\n)\ndef go():\n\n"
    "    from NAME.lazy import late\n    # two\n    return (value() +\n        late())\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_docstrings_comments_and_layout_do_not_change_the_hash(package, text):
    before = digest()
    package("main.py", text.replace("OTHER", OTHER).replace("NAME", NAME))
    assert digest() == before


def test_a_docstring_of_a_class_or_a_coroutine_does_not_count(package):
    package("above.py", "class C:\n    NUMBER = 1\n\n\nasync def f():\n    return 1\n")
    before = digest()
    package("above.py", 'class C:\n    """Doc."""\n    NUMBER = 1\n\n\nasync def f():\n    """Doc."""\n    return 1\n')
    assert digest() == before


def test_text_that_is_no_docstring_counts(package):
    package("above.py", 'def f():\n    """Doc."""\n    return "a"\n')
    before = digest()
    package("above.py", 'def f():\n    """Doc."""\n    return "b"\n')
    assert digest() != before


def test_third_party_code_and_code_that_is_not_reached_do_not_change_the_hash(package):
    before = digest()
    package(f"../{OTHER}.py", "NUMBER = 2\n")
    package("unused.py", "NUMBER = 2\n")
    assert digest() == before


def test_code_that_moves_to_another_module_changes_the_hash(package):
    before = digest()
    package("above.py", FILES[f"{NAME}/beside.py"] + "MORE = 1\n")
    package("beside.py", FILES[f"{NAME}/above.py"] + "MORE = 1\n")
    swapped = digest()
    package("above.py", FILES[f"{NAME}/above.py"])
    assert len({before, swapped, digest()}) == 3


def test_the_place_of_the_package_does_not_change_the_hash(package, tmp_path, monkeypatch):
    before = digest()
    (tmp_path / "moved").mkdir()
    for name in (NAME, f"{OTHER}.py"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    monkeypatch.syspath_prepend(str(tmp_path / "moved"))
    forget()
    assert digest() == before


def test_hashing_runs_no_module_that_is_imported_late(package):
    # It may need a library that is not installed, or seconds to import.
    package("lazy.py", FILES[f"{NAME}/lazy.py"] + "\nraise RuntimeError('this module was run')\n")
    assert "lazy" in closure()
    assert f"{NAME}.lazy" not in sys.modules


def test_the_estimators_of_this_project_count_for_its_competitions():
    found = import_closure(("competitions.class_imbalance.competition",))
    assert {"core.competition", "core.estimators.lightgbm", "competitions.class_imbalance"} <= set(found)
    assert all(name.split(".")[0] in ("core", "competitions") for name in found)
    assert all(path.is_relative_to(ROOT) for path in found.values())
