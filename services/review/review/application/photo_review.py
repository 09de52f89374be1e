"""审核附件: how far it is, who may do it now, what stands on a page, and 完成."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Table, select, update
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.tables import job
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.review import CompleteReview, ReviewState
from review.adapters.tables import page, review_progress
from review.application import applications, kinds, participants
from review.application.applications import Row
from review.application.tools import Tools
from review.domain.errors import Forbidden, WrongState
from review.domain.pages import PagePlan
from review.domain.states import STATE_NAMES, State, Step
from review.domain.verdicts import check_complete

NOT_YET = "审核数据正在准备，通常不超过一分钟。请稍后刷新本页。"
INTERRUPTED = (
    "审核数据的准备多次中断，系统每分钟重新准备一次；如十分钟后仍未完成，请联系技术支持并告知申请编号。"
)


def here(table: Table, row: Row) -> Any:
    """The condition for what belongs to the current submission."""
    return (table.c.application_id == row["id"]) & (table.c.attempt == row["attempt"])


def progress_of(session: Session, row: Row, *, lock: bool = False) -> RowMapping:
    """The counts of the review. Raises PREPARING until its pages are laid out, and says so when that fails."""
    query = select(review_progress).where(here(review_progress, row))
    found = session.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if found is None:
        raise AppError("PREPARING", INTERRUPTED if _has_failed(session, row) else NOT_YET)
    return found


def _has_failed(session: Session, row: Row) -> bool:
    """Whether a job that was to lay out the pages of this submission was given up."""
    of_it = (job.c.serial_key == f"{kinds.PAGES}:{row['id']}") & (job.c.state == "failed")
    same_attempt = job.c.payload["attempt"].as_integer() == row["attempt"]
    return bool(session.execute(select(select(job.c.id).where(of_it & same_attempt).exists())).scalar())


def state_of(application_id: str, caller: Caller, tools: Tools) -> ReviewState:
    """How far the review is. Raises NOT_FOUND, PREPARING."""
    with tools.database.reading() as session:
        return _shown(session, applications.seen_by(session, application_id, caller))


def _shown(session: Session, row: Row) -> ReviewState:
    progress = progress_of(session, row)
    plan, seen = plan_of(progress), seen_pages(session, row)
    return ReviewState(
        pages=progress["pages"],
        page_size=progress["page_size"],
        seen=seen,
        wrong=progress["wrong"],
        completed=progress["completed_at"] is not None,
        cylinders=progress["cylinders"],
        photos=progress["photos"],
        reviewed=sum(len(plan.positions(number)) for number in seen),
    )


def seen_pages(session: Session, row: Row) -> list[int]:
    """Numbers of the pages that were saved, rising."""
    seen = select(page.c.number).where(here(page, row), page.c.seen_at.is_not(None))
    return list(session.execute(seen.order_by(page.c.number)).scalars())


def reviewable(session: Session, application_id: str, caller: Caller, *, lock: str = "") -> Row:
    """An application whose photos this officer may judge now. Raises NOT_FOUND, FORBIDDEN, WRONG_STATE."""
    row = applications.seen_by(session, application_id, caller, lock=lock)
    if Step.ACCEPTANCE not in caller.steps:
        raise Forbidden("“审核附件”由受理人员办理，如需办理请联系本局管理员。")
    if row["state"] != State.SUBMITTED:
        name = STATE_NAMES[State(row["state"])]
        detail = f"申请当前为“{name}”，不能再审核附件，请查看最新状态。"
        raise WrongState(detail, current=row["state"], moved_by=row["moved_by"])
    return row


def plan_of(progress: RowMapping) -> PagePlan:
    """Which cylinders stand on which page."""
    return PagePlan(progress["cylinders"], progress["page_size"])


def between(session: Session, table: Table, row: Row, positions: range) -> Sequence[RowMapping]:
    """Rows of a page, by cylinder; of photos 钢印 comes first."""
    column = table.c.position
    order = [column, *(table.c[name] for name in ("kind", "photo_id") if name in table.c)]
    query = select(table).where(here(table, row), column.between(positions[0], positions[-1]))
    return session.execute(query.order_by(*order)).mappings().all()


def complete(change: Change, request: CompleteReview, caller: Caller, tools: Tools) -> ReviewState:
    """完成. Raises UNSEEN_PAGES with ``pages``."""
    session = change.session
    row = reviewable(session, request.application_id, caller, lock="share")
    participants.check(session, row, Step.ACCEPTANCE, caller.id)
    participants.add(session, row, Step.ACCEPTANCE, caller.id)  # before the counts, as every save does
    progress = progress_of(session, row, lock=True)
    check_complete(progress["pages"], seen_pages(session, row))
    if progress["completed_at"] is None:
        done = update(review_progress).where(here(review_progress, row))
        session.execute(done.values(completed_at=tools.now(), completed_by=caller.id))
        change.note("review.completed", f"application:{row['id']}", wrong=progress["wrong"])
    return _shown(session, row)
