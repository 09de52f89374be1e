"""The batch group of an application: one of 2310, 2320, 23T0 (note 2 below the table of domain.md section 8)."""

from __future__ import annotations

from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from importer.adapters.scopes import Scope
from importer.adapters.tables import cylinder
from importer.domain.references import References

BatchGroup = Literal["2310", "2320", "23T0"]


def batch_group(session: Session, scope: Scope, references: References) -> BatchGroup | None:
    """The group chosen in the application, else that of the cylinders it has; None: the first row decides."""
    if scope.variety_group:
        return cast(BatchGroup, scope.variety_group)
    here = (cylinder.c.scope_no == scope.no) & cylinder.c.live
    variety = session.execute(select(cylinder.c.variety_code).where(here).limit(1)).scalar()
    return cast(BatchGroup, references.varieties[variety].group) if variety else None
