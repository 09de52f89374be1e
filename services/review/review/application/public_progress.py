"""使用登记进度 without sign-in: how far an application is, for who knows its number and the unit's code."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from sqlalchemy import select

from contracts.errors import AppError
from contracts.identity import GetAuthority
from contracts.review import FindProgress, ProgressStep, PublicProgress
from review.adapters.tables import application, timeline_entry
from review.application import applications
from review.application.applications import Row
from review.application.tools import Tools
from review.domain.progress import steps_of
from review.domain.states import STATE_NAMES, State

NOT_FOUND = "没有找到。请核对申请编号和信用代码后 6 位。"
TAIL = 6


def find_progress(request: FindProgress, tools: Tools) -> PublicProgress:
    """State, authority and dates: no person, no opinion. NOT_FOUND with one text for a wrong number or code."""
    with tools.database.reading() as session:
        query = select(application).where(application.c.application_no == request.application_no)
        row = _known_to_asker(session.execute(query).mappings().one_or_none(), request.credit_code_tail)
        entries = select(timeline_entry.c.action, timeline_entry.c.at).order_by(timeline_entry.c.seq)
        mine = session.execute(entries.where(timeline_entry.c.application_id == row["id"]))
        happened = [(entry.action, entry.at) for entry in mine]
    state = State(row["state"])
    authority = tools.rpc.call(GetAuthority(district_code=row["district_code"]))
    return PublicProgress(
        application_no=row["application_no"],
        state=state.value,
        state_name=STATE_NAMES[state],
        authority_name=authority.name,
        authority_phone=authority.phone,
        deadline=applications.last_second(row["deadline"]),
        steps=[ProgressStep(**asdict(step)) for step in steps_of(state, happened)],
    )


def _known_to_asker(row: Row | None, tail: str) -> Row:
    """The row when the code frozen at its submission ends so; a draft has none and stays unknown."""
    form = row["form"] if row else None
    expected = form["unit"]["credit_code"][-TAIL:] if form else " " * TAIL
    same = hmac.compare_digest(expected.encode(), tail.encode())
    if row is None or form is None or not same:
        raise AppError("NOT_FOUND", NOT_FOUND)
    return row
