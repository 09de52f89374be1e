"""The developers' page of states is generated, so it must be what the table says now."""

from __future__ import annotations

from pathlib import Path

from review.domain.states_page import render_states

PAGE = Path(__file__).resolve().parents[3] / "docs" / "dev" / "states.md"


def test_the_page_of_states_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_states()
