from __future__ import annotations

from core.report.markup import Html
from core.report.section import Section


def test_a_section_has_a_heading_that_can_be_gone_to():
    shown = Section("here", "A < B", Html("<p></p>")).html()
    assert shown == '<section><h2 id="here">A &lt; B</h2><p></p></section>'
