"""Names of members of another make."""

from __future__ import annotations

import pytest

from core.errors import Refusal
from core.outside.member import refuse_odd_name


@pytest.mark.parametrize("name", ["a", "A1", "team-mate_2.b", "x" * 64])
def test_names_of_files_are_names(name):
    refuse_odd_name(name, ["other"])


@pytest.mark.parametrize("name", ["", ".", "-a", "a/b", "a~1", "a@b", "a\n", "é", "x" * 65, "OTHER", "blend", "Blend"])
def test_other_names_are_refused(name):
    with pytest.raises(Refusal):
        refuse_odd_name(name, ["other"])
