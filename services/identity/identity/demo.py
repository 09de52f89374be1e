"""The people and units of the demo: all of them fictitious, for local and test systems only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Change
from identity import passwords
from identity.accounts import find_by_name, username_key
from identity.tables import account, unit

STEPS = ("acceptance", "examination", "approval", "issue")
BUREAU, OTHER_BUREAU, MUNICIPAL = "AU-500103", "AU-500107", "AU-500000"


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo; ``credit_code`` names its unit."""

    username: str
    role: str
    credit_code: str | None = None
    authority_code: str | None = None
    steps: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()


UNITS: tuple[dict[str, Any], ...] = (
    {
        "name": "重庆演示气体有限公司（虚构）",
        "credit_code": "91500103MA0DEM013Q",
        "district_code": "500103",
        "address": "重庆市渝中区演示路1号",
        "use_place": "重庆市渝中区演示路1号气瓶库",
        "landline": "023-00000201",
        "postcode": "400010",
        "safety_department": {"name": "安全管理部", "head": "演示甲", "phone": "023-00000202"},
        "safety_officers": [
            {"name": "演示乙", "mobile": "13800000001"},
            {"name": "演示丙", "mobile": "13800000002"},
        ],
    },
    {
        "name": "重庆样例燃气有限公司（虚构）",
        "credit_code": "91500103MA0DEM021K",
        "district_code": "500103",
        "address": "重庆市渝中区样例街2号",
        "use_place": "重庆市渝中区样例街2号充装站",
        "landline": "023-00000203",
        "postcode": "400010",
        "safety_department": {"name": "安全环保部", "head": "样例甲", "phone": "023-00000204"},
        "safety_officers": [{"name": "样例乙", "mobile": "13800000003"}],
    },
)

ACCOUNTS = (
    DemoAccount("demo-unit", "unit", credit_code="91500103MA0DEM013Q", rights=("unit_owner",)),
    DemoAccount("demo-unit2", "unit", credit_code="91500103MA0DEM021K", rights=("unit_owner",)),
    *(DemoAccount(f"demo-{step}", "bureau", authority_code=BUREAU, steps=(step,)) for step in STEPS),
    DemoAccount("demo-other-district", "bureau", authority_code=OTHER_BUREAU, steps=STEPS),
    DemoAccount("demo-municipal", "municipal", authority_code=MUNICIPAL),
    DemoAccount("demo-admin", "admin"),
)


def create_demo(change: Change, password: str) -> None:
    """Adds what is missing, and gives the accounts this password when they have another one. Else does nothing."""
    present = [find_by_name(change.session, each.username) for each in ACCOUNTS]
    if not all(present):
        _add_units(change)
        for each, found in zip(ACCOUNTS, present, strict=True):
            if found is None:
                _add_account(change, each, password)
    # One stands for all: a run that has nothing to do is to be quick.
    if present[0] and not passwords.verify_password(present[0]["password_hash"], password):
        _set_passwords(change, [each["id"] for each in present if each], password)


def _add_units(change: Change) -> None:
    for values in UNITS:
        row = insert(unit).values(id=uuid.uuid4().hex, **values)
        if change.session.execute(row.on_conflict_do_nothing().returning(unit.c.id)).scalar():
            change.note("unit.created", f"unit:{values['credit_code']}")


def _add_account(change: Change, wanted: DemoAccount, password: str) -> None:
    of_unit = select(unit.c.id).where(unit.c.credit_code == wanted.credit_code)
    account_id = uuid.uuid4().hex
    change.session.execute(
        insert(account).values(
            id=account_id,
            username=wanted.username,
            username_key=username_key(wanted.username),
            role=wanted.role,
            unit_id=change.session.execute(of_unit).scalar(),
            authority_code=wanted.authority_code,
            steps=list(wanted.steps),
            rights=list(wanted.rights),
            password_hash=passwords.hash_password(password),
        )
    )
    change.note("account.created", f"account:{account_id}")


def _set_passwords(change: Change, account_ids: list[str], password: str) -> None:
    for account_id in account_ids:
        this = update(account).where(account.c.id == account_id)
        change.session.execute(this.values(password_hash=passwords.hash_password(password)))
        change.note("account.password_set", f"account:{account_id}")
