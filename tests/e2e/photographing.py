"""Two photos for each cylinder, by presigned uploads over a few connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import httpx
from tests.e2e.checking import expect, require, wait_for
from tests.e2e.client import Client, Json
from tests.e2e.pictures import stamp, supervision_certificate
from tests.e2e.workbook import Row

Item = TypeVar("Item")
JPEG = "image/jpeg"
_AT_ONCE = 200  # the most that one call takes
_CONNECTIONS = 4


@dataclass(frozen=True)
class Picture:
    """A drawn photo of one cylinder."""

    name: str
    kind: str
    cylinder_id: str
    content: bytes

    @property
    def wanted(self) -> Json:
        """What a ticket is asked for with."""
        return {"file_name": self.name, "size": len(self.content), "content_type": JPEG}


def pictures_of(rows: Iterable[Row], ids: dict[str, str]) -> Iterator[Picture]:
    """STAMP and SUPERVISION_CERT of each cylinder, named as the guide's bulk upload wants it."""
    for row in rows:
        serial = row["产品编号"]
        paper = supervision_certificate(serial, row["监检证书编号"])
        yield Picture(f"{serial}_1.jpg", "STAMP", ids[serial], stamp(serial))
        yield Picture(f"{serial}_2.jpg", "SUPERVISION_CERT", ids[serial], paper)


def add_photos(client: Client, application_id: str, pictures: Iterable[Picture]) -> list[str]:
    """Uploads the pictures and binds them to their cylinders; gives the ids of the photos."""
    pictures = iter(pictures)
    photo_ids: list[str] = []
    while some := list(islice(pictures, _AT_ONCE)):
        photo_ids += _add_some(client, application_id, some)
    return photo_ids


def _add_some(client: Client, application_id: str, pictures: list[Picture]) -> list[str]:
    application = f"/api/v1/applications/{application_id}"
    wanted = {"items": [picture.wanted for picture in pictures]}
    tickets = client.send("POST", f"{application}/photo-tickets", wanted)["items"]
    expect("tickets for photos", len(tickets), len(pictures))
    _post_all(tickets, pictures)
    items = [
        {"upload_id": ticket["upload_id"], "kind": picture.kind, "cylinder_ids": [picture.cylinder_id]}
        for ticket, picture in zip(tickets, pictures, strict=True)
    ]
    return _bound(client, f"{application}/photos", items)


def _bound(client: Client, address: str, items: list[Json]) -> list[str]:
    """The ids of the photos; a cylinder that was imported just now may not be known to everybody yet."""
    added: dict[str, str] = {}

    def ask() -> list[Json]:
        left = [item for item in items if item["upload_id"] not in added]
        results = client.send("POST", address, {"items": left})["items"]
        told = list(zip(left, results, strict=True))
        added.update({item["upload_id"]: got["photo_id"] for item, got in told if got.get("photo_id")})
        return [got for got in results if not got.get("photo_id")]

    refused = wait_for("the cylinders are known", ask, lambda found: not _unknown(found), 30)
    expect("photos that were refused", refused, [])
    return [added[item["upload_id"]] for item in items]


def _unknown(refused: list[Json]) -> list[Json]:
    return [each for each in refused if each.get("code") == "NOT_FOUND"]


def _post_all(tickets: list[Json], pictures: list[Picture]) -> None:
    with ThreadPoolExecutor(_CONNECTIONS) as pool, Client(tickets[0]["url"]) as storage:

        def post(ticket: Json, picture: Picture) -> httpx.Response:
            files = {"file": (picture.name, picture.content, JPEG)}
            return storage.raw("POST", ticket["url"], data=ticket["fields"], files=files)

        for response in pool.map(post, tickets, pictures):
            require(f"the storage takes a photo, not {response.status_code}", response.is_success)
