"""Uploading a workbook and following its import, as the unit's page does."""

from __future__ import annotations

import httpx
from tests.e2e.checking import require, wait_for
from tests.e2e.client import Client, Json, upload
from tests.e2e.people import DISTRICT

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = "气瓶信息.xlsx"
ENDED = frozenset({"finished", "failed", "cancelled"})


def start_import(client: Client, application_id: str, content: bytes, district: str = DISTRICT) -> Json:
    """Ticket, upload, 确认导入: the import as it was queued."""
    upload_id = upload_workbook(client, application_id, content)
    body = {"upload_id": upload_id, "district_code": district}
    return client.send("POST", f"/api/v1/applications/{application_id}/imports", body)


def upload_workbook(client: Client, application_id: str, content: bytes) -> str:
    """Puts the workbook into storage with a ticket of this application; gives the upload's id."""
    address = f"/api/v1/applications/{application_id}/import-tickets"
    ticket = client.send("POST", address, {"file_name": NAME, "size": len(content)})
    stored = upload(ticket, NAME, content, XLSX)
    require(f"the storage takes the workbook, not {stored.status_code} {stored.text}", stored.is_success)
    return str(ticket["upload_id"])


def follow_import(client: Client, import_id: str, seconds: float = 120) -> Json:
    """The import once it has ended."""
    return wait_for(
        f"import {import_id} ends",
        lambda: client.get(f"/api/v1/imports/{import_id}"),
        lambda state: state["state"] in ENDED,
        seconds,
    )


def import_workbook(client: Client, application_id: str, content: bytes, district: str = DISTRICT) -> Json:
    """Upload, import, wait: the import as it ended."""
    return follow_import(client, start_import(client, application_id, content, district)["id"])


def error_rows(client: Client, import_id: str) -> dict[int, frozenset[str]]:
    """The error codes of every row that was not imported, by row number."""
    rows = client.pages(f"/api/v1/imports/{import_id}/rows", severity="error")
    return {row["row"]: frozenset(code for code in row["codes"] if code.startswith("E")) for row in rows}


def messages(client: Client, import_id: str, code: str) -> list[str]:
    """What the rows with this code are told, one text for each."""
    rows = client.pages(f"/api/v1/imports/{import_id}/rows", severity="error")
    told = [zip(row["codes"], row["messages"], strict=True) for row in rows]
    return [text for row in told for found, text in row if found == code]


def counts(state: Json) -> tuple[str, int, int, int]:
    """State, imported, failed, already: what an import comes to."""
    return state["state"], state["imported"], state["failed"], state["already"]


def new_application(client: Client) -> Json:
    """A draft of category 气瓶, registered for the first time."""
    body = {"category": "2300", "registration_reason": "NEW"}
    return client.send("POST", "/api/v1/applications", body)


def template(client: Client) -> bytes:
    """The template v1."""
    response = client.raw("GET", "/api/v1/templates/cylinders.xlsx")
    if response.status_code == httpx.codes.FOUND:
        return client.download("/api/v1/templates/cylinders.xlsx")
    response.raise_for_status()
    return response.content
