"""The table of states as Markdown, for the generated page docs/dev/states.md."""

from __future__ import annotations

from review.domain.states import FINAL_STATES, MOVES, STATE_NAMES, Move, State

HEAD = ("state", "中文", "action", "role", "step", "next state", "clock", "effects")


def render_states() -> str:
    """The whole page: each move in the order of the table, then the states without a way out."""
    rows = [HEAD, tuple("---" for _ in HEAD), *map(_cells, MOVES), *map(_final_cells, _finals())]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"# States of an application\n\nGenerated from `review.domain.states`; change it there.\n\n{table}\n"
    )


def _cells(row: Move) -> tuple[str, ...]:
    effects = ", ".join(f"`{effect}`" for effect in row.effects)
    plain = (row.step or "–", f"`{row.next}`", row.clock or "–", effects or "–")
    return (f"`{row.state}`", STATE_NAMES[row.state], f"`{row.action}`", row.role, *plain)


def _finals() -> list[State]:
    return [state for state in State if state in FINAL_STATES]


def _final_cells(state: State) -> tuple[str, ...]:
    return (f"`{state}`", STATE_NAMES[state], *("–" for _ in HEAD[2:]))
