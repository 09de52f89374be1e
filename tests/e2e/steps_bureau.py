"""What the district bureau does (guide, part 4): four people, four steps."""

from __future__ import annotations

from tests.e2e.checking import expect, require, wait_for
from tests.e2e.client import Client, Json
from tests.e2e.journey import Journey

OPINIONS = {
    "acceptance": "照片已逐只核对，错误气瓶不纳入本次登记，其余予以受理。",
    "examination": "经审核，除已剔除的气瓶外符合登记条件，同意报审批。",
    "approval": "同意登记，准予发证。",
}
STATES = {"acceptance": "accepted", "examination": "examined", "approval": "approved"}
TODO = "您有{}条使用登记的受理任务需要处理"
BLURRED = "V09"


def todo(journey: Journey) -> str:
    """待办事项 → the list of tasks → 详情."""
    officer = journey.people["acceptance"]
    task = find_task(officer, "acceptance", journey.application_id)
    expect("cylinders of the task", task["cylinders"], journey.count)
    lines = {item["step"]: item for item in officer.get("/api/v1/todos")["items"]}
    line = lines["acceptance"]
    require("there is something to do", line["count"] >= 1)
    expect("the line of 待办事项", line["text"], TODO.format(line["count"]))
    return str(line["text"])


def review(journey: Journey) -> str:
    """审核附件: page by page, one photo of the first page is 错误, the rest are 正确."""
    officer = journey.people["acceptance"]
    state = officer.get(f"{journey.application}/review")
    expect("pages of the review", state["pages"], -(-journey.count // state["page_size"]))
    early = officer.refusal("POST", f"{journey.application}/review/completion", {})
    expect("完成 before all was seen", early.code, "UNSEEN_PAGES")
    for page in range(1, state["pages"] + 1):
        _review_page(journey, officer, page)
    done = officer.send("POST", f"{journey.application}/review/completion", {})
    reviewed = done["completed"], done["wrong"], sorted(done["seen"])
    expect("the review", reviewed, (True, 1, list(range(1, state["pages"] + 1))))
    return f"{state['pages']} 页，{done['wrong']} 只错误"


def accept(journey: Journey) -> str:
    """受理."""
    return decide(journey, "acceptance")


def examine(journey: Journey) -> str:
    """审核, by another officer."""
    return decide(journey, "examination")


def approve(journey: Journey) -> str:
    """审批, by a third one."""
    return decide(journey, "approval")


def issue(journey: Journey) -> str:
    """证书生成: the certificate exists and covers what is left."""
    officer = journey.people["issue"]
    find_task(officer, "issue", journey.application_id)
    version = officer.get(journey.application)["version"]
    issuing = officer.send("POST", f"{journey.application}/certificate", {"version": version})
    address = f"/api/v1/certificates/{issuing['certificate_id']}"
    journey.certificate = wait_for(
        "the certificate is made", lambda: officer.get(address), lambda found: found["state"] != "pending"
    )
    expect(
        "the certificate",
        (journey.certificate["state"], journey.certificate["count"]),
        ("valid", journey.left),
    )
    wait_for(
        "the application is certified",
        lambda: officer.get(journey.application),
        lambda found: found["state"] == "certified",
    )
    return str(journey.certificate["number"])


def decide(journey: Journey, step: str, outcome: str = "pass", **more: str) -> str:
    """The decision of one step by its officer; gives the state that it leads to."""
    officer = journey.people[step]
    find_task(officer, step, journey.application_id)
    version = officer.get(journey.application)["version"]
    body: Json = {"step": step, "outcome": outcome, "opinion": OPINIONS[step], "version": version, **more}
    decided = officer.send("POST", f"{journey.application}/decisions", body)
    expect(f"the state after {step}", decided["state"], STATES[step] if outcome == "pass" else "rejected")
    return str(decided["state"])


def find_task(officer: Client, step: str, application_id: str) -> Json:
    """The task of this application in the officer's list, as soon as it stands there."""

    def ask() -> Json | None:
        tasks = officer.pages("/api/v1/tasks", step=step)
        return next((task for task in tasks if task["application_id"] == application_id), None)

    task = wait_for(f"the task of {step} is listed", ask, lambda found: found is not None, 60)
    return task or {}


def _review_page(journey: Journey, officer: Client, number: int) -> None:
    address = f"{journey.application}/review/pages/{number}"
    page = officer.get(address)
    pictures = [photo for cylinder in page["cylinders"] for photo in cylinder["photos"]]
    expect(f"photos on page {number}", len(pictures), 2 * len(page["cylinders"]))
    wrong = [] if number > 1 else [_mark_first(journey, page)]
    shown = [photo["id"] for photo in pictures]
    saved = officer.send("PUT", address, {"version": page["version"], "shown": shown, "wrong": wrong})
    expect("cylinders marked so far", saved["wrong"], 1)


def _mark_first(journey: Journey, page: Json) -> Json:
    """错误 for the first photo of the page."""
    cylinder = page["cylinders"][0]
    by_id = {cylinder_id: serial for serial, cylinder_id in journey.cylinders.items()}
    journey.wrong_serial = by_id[cylinder["id"]]
    return {"photo_id": cylinder["photos"][0]["id"], "reason_code": BLURRED}
