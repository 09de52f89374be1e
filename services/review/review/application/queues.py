"""Lists: applications, 使用登记进度."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from chassis import pages
from chassis.tokens import Caller
from contracts.call import Page
from contracts.review import Application, ListApplications, ListTasks, Timeline, TimelineEntry
from review.adapters.tables import application, timeline_entry
from review.application import applications, running
from review.application.tools import Tools
from review.domain.states import STATE_NAMES, State

_COLUMNS = application.c


def asked_for(request: ListApplications | ListTasks) -> list[ColumnElement[bool]]:
    """The conditions of the filters that lists of applications share."""
    found: list[ColumnElement[bool]] = []
    if request.search:
        named = _COLUMNS.unit_name.icontains(request.search, autoescape=True)
        found.append(named | _COLUMNS.application_no.icontains(request.search, autoescape=True))
    if request.variety_group is not None:
        found.append(_COLUMNS.variety_group == request.variety_group)
    return found


def newest_first(request: ListApplications, caller: Caller, tools: Tools) -> Page[Application]:
    """Applications of the caller's unit or authority."""
    where = [applications.own(caller), *asked_for(request)]
    if request.state is not None:
        where.append(_COLUMNS.state == request.state)
    place = pages.place_of(request.cursor, [int])
    query = select(application).where(*where).order_by(_COLUMNS.seq.desc()).limit(request.limit + 1)
    if place is not None:
        query = query.where(_COLUMNS.seq < place[0])
    with tools.database.reading() as session:
        total, capped = pages.count_up_to(session, application, *where)
        rows = session.execute(query).mappings().all()
    some = rows[: request.limit]
    cursor = pages.cursor_of(some[-1]["seq"]) if len(rows) > request.limit else None
    items = [applications.shown(row, caller) for row in some]
    return Page[Application](items=items, next_cursor=cursor, total=total, total_capped=capped)


def timeline(application_id: str, caller: Caller, tools: Tools) -> Timeline:
    """使用登记进度, the oldest first."""
    columns = timeline_entry.c
    with tools.database.reading() as session:
        row = applications.seen_by(session, application_id, caller)
        query = select(timeline_entry).where(columns.application_id == application_id).order_by(columns.seq)
        entries = session.execute(query).mappings().all()
        clock = running.clock_of_row(row, running.calendar(session), tools)
    names = frozenset(TimelineEntry.model_fields)
    return Timeline(
        state=row["state"],
        state_name=STATE_NAMES[State(row["state"])],
        deadline=applications.last_second(row["deadline"]),
        clock=clock,
        entries=[TimelineEntry(**{name: entry[name] for name in names}) for entry in entries],
    )
