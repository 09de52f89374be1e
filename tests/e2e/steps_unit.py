"""What the using unit does (guide, part 3). Each step returns a few words on what it came to."""

from __future__ import annotations

from collections import Counter

from tests.e2e.checking import expect, require, wait_for
from tests.e2e.client import Json
from tests.e2e.importing import (
    counts,
    error_rows,
    follow_import,
    import_workbook,
    new_application,
    start_import,
    template,
)
from tests.e2e.journey import Journey
from tests.e2e.photographing import add_photos, pictures_of
from tests.e2e.workbook import correct, fill_in

DECLARED = {"declared": True, "filled_by": "演示丁"}


def sign_in(journey: Journey) -> str:
    """1. 登录."""
    account = journey.unit.sign_in()
    expect("the role of the account", account["role"], "unit")
    expect("GET /me", journey.unit.get("/api/v1/me")["id"], account["id"])
    return str(account["username"])


def basic_data(journey: Journey) -> str:
    """2. 填写单位基本信息, with the safety department."""
    unit = journey.unit.get("/api/v1/units/me")
    changes: Json = {
        "address": "重庆市渝中区演示路1号",
        "use_place": "重庆市渝中区演示路1号充装站",
        "landline": "023-00000201",
        "postcode": "400010",
        "safety_department": {"name": "安全管理部", "head": "演示甲", "phone": "023-00000202"},
        "safety_officers": [{"name": "演示乙", "mobile": "13800000001"}],
    }
    changed = journey.unit.send("PUT", "/api/v1/units/me", {**changes, "version": unit["version"]})
    expect("the unit's version", changed["version"], unit["version"] + 1)
    expect("what the unit filled in", {name: changed[name] for name in changes}, changes)
    return str(changed["name"])


def open_application(journey: Journey) -> str:
    """A new application of category 气瓶."""
    application = new_application(journey.unit)
    expect("the state of a new application", application["state"], "draft")
    journey.application_id = application["id"]
    journey.application_no = application["application_no"]
    return journey.application_no


def download_template(journey: Journey) -> str:
    """下载模板."""
    journey.template = template(journey.unit)
    return f"{len(journey.template) // 1024} KB"


def first_import(journey: Journey) -> str:
    """3. 导入: the sound rows come in, each faulty one is named by its code."""
    workbook = fill_in(journey.template, journey.batch.typed())
    queued = start_import(journey.unit, journey.application_id, workbook, journey.district)
    journey.import_id = queued["id"]
    state = follow_import(journey.unit, journey.import_id)
    wrong = len(journey.batch.faults)
    expect("the import", counts(state), ("finished", journey.count - wrong, wrong, 0))
    expect("the progress at the end", _progress(state), (journey.count, journey.count, journey.count))
    _same_codes(journey, state)
    return f"{state['imported']} 导入，{state['failed']} 失败，{len(_errors(state))} 种错误"


def second_import(journey: Journey) -> str:
    """下载错误数据, correct it, upload it as it is: all its rows come in."""
    unit, import_id = journey.unit, journey.import_id
    file = unit.download(f"/api/v1/imports/{import_id}/error-workbook")
    corrected, named = correct(file, journey.batch)
    expect("rows and codes of the error workbook", named, journey.batch.expected)
    again = import_workbook(unit, journey.application_id, corrected, journey.district)
    expect("the corrected import", counts(again), ("finished", len(named), 0, 0))
    remember_cylinders(journey)
    return f"{again['imported']} 导入，0 失败"


def refused_submission(journey: Journey) -> str:
    """提交 without photos is refused with everything that is missing."""
    refusal = journey.unit.refusal("POST", f"{journey.application}/submission", _submission(journey))
    expect("the refusal", (refusal.status, refusal.code), (409, "INCOMPLETE"))
    missing = {fault["code"]: fault["count"] for fault in refusal.body["faults"]}
    expect("what is missing", missing, dict.fromkeys(_NO_PHOTOS, journey.count))
    require("some cylinders are named", all(fault["sample"] for fault in refusal.body["faults"]))
    return "，".join(f"{code} {count}" for code, count in missing.items())


def photos(journey: Journey) -> str:
    """4. 上传钢印及监检证书照片: the list of those without is what has to be done."""
    waiting = list(journey.unit.pages(f"{journey.application}/cylinders", has_photos="false"))
    expect("cylinders without photos", {row["id"] for row in waiting}, set(journey.cylinders.values()))
    pictures = pictures_of(journey.batch.rows, journey.cylinders)
    added = add_photos(journey.unit, journey.application_id, pictures)
    expect("photos", len(set(added)), 2 * journey.count)
    return f"{len(added)} 张"


def photos_ready(journey: Journey) -> str:
    """Every photo is checked, every cylinder counts as 已上传附件."""
    wanted = {"cylinders": journey.count, "with_photos": journey.count, "refused": 0}
    wait_for(
        "all photos are ready",
        lambda: journey.unit.get(journey.application)["counts"],
        lambda found: {name: found[name] for name in wanted} == wanted,
        seconds=240,
    )
    complete = journey.unit.get(f"{journey.application}/completeness")
    expect("completeness", (complete["complete"], complete["faults"]), (True, []))
    return f"{journey.count} 只已上传附件"


def submit(journey: Journey) -> str:
    """5. 提交使用登记表."""
    submitted = journey.unit.send("POST", f"{journey.application}/submission", _submission(journey))
    expect("the state after the submission", submitted["state"], "submitted")
    return "submitted"


def progress(journey: Journey) -> str:
    """信息查询 → 使用登记进度, after the certificate."""
    timeline = journey.unit.get(f"{journey.application}/timeline")
    expect("the state at the end", timeline["state"], "certified")
    return f"{len(timeline['entries'])} 条记录"


_NO_PHOTOS = ("PHOTO_MISSING", "STAMP_MISSING", "CERT_MISSING")


def _submission(journey: Journey) -> Json:
    return {**DECLARED, "version": journey.unit.get(journey.application)["version"]}


def _progress(state: Json) -> tuple[int, int, int]:
    progress = state["progress"]
    return progress["total"], progress["read"], progress["checked"]


def _errors(state: Json) -> dict[str, int]:
    return {code["code"]: code["count"] for code in state["codes"] if code["code"].startswith("E")}


def _same_codes(journey: Journey, state: Json) -> None:
    expected = journey.batch.expected
    wanted = Counter(code for codes in expected.values() for code in codes)
    expect("the codes of the import", _errors(state), dict(wanted))
    expect("the rows that failed", error_rows(journey.unit, journey.import_id), expected)
    require("there is an error workbook", state["error_workbook"])


def remember_cylinders(journey: Journey) -> None:
    """Notes the ids of the imported cylinders, which are those of the batch."""
    rows = list(journey.unit.pages(f"{journey.application}/cylinders"))
    journey.cylinders = {row["serial_no"]: row["id"] for row in rows}
    expect("cylinders listed", len(rows), journey.count)
    expect("their numbers", set(journey.cylinders), {row["产品编号"] for row in journey.batch.rows})
