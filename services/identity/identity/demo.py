"""The people and units of the demo: all of them fictitious, for local and test systems only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Change
from identity import passwords
from identity.accounts import find_by_name, username_key
from identity.notices import NewNotice, add_notice
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

NOTICES = (
    NewNotice(
        "关于气瓶使用登记在线办理试运行的公告（演示）",
        "为方便使用单位办理气瓶使用登记，试点区县自即日起试运行在线办理（本公告为演示，内容均为虚构）。\n\n"
        "使用单位登录后填写基本信息，下载并填写气瓶信息 EXCEL 模板，导入后逐只上传照片，最后提交使用登记表。\n\n"
        "办理期限：受理 5 个工作日，审查发证 20 个工作日。办理中的问题请联系所在区县局。",
        date(2026, 11, 2),
        pinned=True,
    ),
    NewNotice(
        "导入气瓶信息前请核对的三件事（演示）",
        "一、请使用最新的气瓶信息 EXCEL 模板，不要增删列。\n\n"
        "二、产品编号与瓶体钢印一致，前面的 0 不要丢失。\n\n"
        "三、制造年月按 2026-05 的样式填写。导入失败的行可下载错误数据，改好后再次导入。",
        date(2026, 11, 16),
    ),
    NewNotice(
        "照片怎样拍得清楚（演示）",
        "每只气瓶上传 2 至 4 张照片，其中钢印照片和监检证书照片各至少 1 张。\n\n"
        "钢印请侧光近拍，字迹占画面三分之一以上；监检证书请平铺拍全四角。",
        date(2026, 11, 9),
    ),
    NewNotice(
        "扫码核验使用登记证（演示）",
        "用手机扫描使用登记证上的二维码，即可核对证书是否有效，并按产品编号核对一只气瓶是否在证内。\n\n"
        "核验页不会要求登录、付款或填写手机号。",
        date(2026, 11, 5),
    ),
)


def create_demo(change: Change, password: str) -> None:
    """Adds what is missing, and gives the accounts this password when they have another one. Else does nothing."""
    present = [find_by_name(change.session, each.username) for each in ACCOUNTS]
    if not all(present):
        _add_units(change)
        for each, found in zip(ACCOUNTS, present, strict=True):
            if found is None:
                _add_account(change, each, password)
    for number, new in enumerate(NOTICES, 1):
        add_notice(change, new, f"demo-{number}")
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
