"""证书生成 (ui.md section 6.8)."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response

from contracts.certificate import Certificate, ListCertificates
from contracts.errors import AppError
from contracts.review import Application, GetApplication, GetSubmittedForm, GetTimeline, IssueCertificate
from gateway.parameters import Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.rail import Rail, since_submission
from gateway.web.steps import GROUPS
from gateway.web.web import Browser, Web

router = pages("/b")
PHASES = ("分配编号", "生成文件", "签名", "归档", "可下载")


@router.get("/applications/{application_id}/certificate", operation_id="bureauIssuePage")
async def bureau_issue_page(web: Browser, application_id: Id) -> Response:
    """What the certificate will say, and how far it is; asks for itself again while it is made."""
    return web.render(
        "bureau/issue.html", **await _content(web, application_id), filled=Filled(), refusal=None
    )


@router.post("/applications/{application_id}/certificate", operation_id="bureauIssue")
async def bureau_issue(web: Browser, application_id: Id) -> Response:
    """Begins; repeated it is the same certificate."""
    try:
        await web.ask(IssueCertificate(application_id=application_id, version=web.form.number("version")))
    except AppError as refusal:
        return web.again("bureau/issue.html", refusal, **await _content(web, application_id))
    return web.go(f"/b/applications/{application_id}/certificate")


async def _content(web: Web, application_id: str) -> dict[str, Any]:
    application, timeline, certificates, submitted = await asyncio.gather(
        web.ask(GetApplication(application_id=application_id)),
        web.ask(GetTimeline(application_id=application_id)),
        web.ask(ListCertificates(application_id=application_id, limit=1)),
        web.ask(GetSubmittedForm(application_id=application_id)),
    )
    entries = since_submission(timeline.entries)
    certificate = next(iter(certificates.items), None)
    begun = certificate is not None or any(entry.action == "issue_begun" for entry in entries)
    ready = application.state == "certified" and certificate is not None and certificate.state != "pending"
    return {
        "application": application,
        "certificate": certificate,
        "submitted": submitted,
        "opinions": [entry for entry in entries if entry.opinion],
        "groups": GROUPS,
        "begun": begun,
        "ready": ready,
        "making": begun and not ready,
        "phases": _phases(application, certificate, begun),
    }


def _phases(application: Application, certificate: Certificate | None, begun: bool) -> Rail:
    """The service tells a number and a finished file; the phases between them pass together."""
    reached = 0
    if certificate is not None:
        reached = 1 if certificate.state == "pending" else 4
    if application.state == "certified" and reached == 4:
        reached = len(PHASES)
    said = {0: certificate.number if certificate else "", 1: "正在生成", 4: "正在归档"}
    if certificate is not None and certificate.failed:
        said[1] = "未生成，将自动重试"

    def item(number: int, title: str) -> dict[str, str]:
        if number < reached:
            return {"title": title, "said": said[0] if number == 0 else "已完成", "state": "done"}
        if not begun or number > reached:
            return {"title": title, "said": "", "state": ""}
        return {"title": title, "said": said.get(number) or "正在进行", "state": "cur"}

    return [item(number, title) for number, title in enumerate(PHASES)]
