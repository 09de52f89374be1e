"""Storage on a real MinIO."""

from pathlib import Path

import httpx
import pytest

from chassis.context import InsideTransactionError, transaction_open
from chassis.settings import Settings
from chassis.storage import NotStoredError, Storage, Ticket


@pytest.fixture
def storage(service_environment) -> Storage:  # type: ignore[no-untyped-def]  # the fixture's type is the root's
    environment = service_environment("identity")
    return Storage(Settings.model_validate({name.lower(): value for name, value in environment.items()}))


def post(ticket: Ticket, content: bytes, content_type: str = "image/jpeg") -> httpx.Response:
    fields = {**ticket.fields, "Content-Type": content_type}
    return httpx.post(ticket.url, data=fields, files={"file": ("a.jpg", content, content_type)}, timeout=10)


def test_a_browser_posts_a_file_by_its_ticket_and_reads_it_by_a_link(storage: Storage) -> None:
    ticket = storage.ticket("photos", "image/", 1000)
    assert post(ticket, b"x" * 1000).status_code == 204
    key = storage.staging_key("photos", ticket.upload_id)
    assert storage.size(key) == 1000
    storage.move(key, f"photos/{ticket.upload_id}")
    with pytest.raises(NotStoredError):
        storage.size(key)
    answer = httpx.get(storage.link(f"photos/{ticket.upload_id}", "照片.jpg"), timeout=10)
    assert answer.content == b"x" * 1000
    assert "attachment" in answer.headers["content-disposition"]


def test_a_ticket_is_good_for_its_size_type_and_place_only(storage: Storage) -> None:
    ticket = storage.ticket("photos", "image/", 1000)
    assert post(ticket, b"x" * 1001).status_code in {400, 403}
    assert post(ticket, b"x", "text/html").status_code == 403
    elsewhere = Ticket(ticket.upload_id, ticket.url, {**ticket.fields, "key": "photos/other"})
    assert post(elsewhere, b"x").status_code == 403


def test_an_object_is_not_public(storage: Storage) -> None:
    stored = storage.put("test/private", b"secret", "text/plain")
    address = storage.link(stored.key).partition("?")[0]
    assert httpx.get(address, timeout=10).status_code == 403


def test_what_is_stored_comes_back_with_its_digest(storage: Storage, tmp_path: Path) -> None:
    source, copy = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(range(256)) * 20_000)
    stored = storage.put_file("test/big", source, "application/octet-stream")
    assert storage.get_file("test/big", copy) == stored.sha256
    assert copy.read_bytes() == source.read_bytes()
    assert storage.put("test/small", b"abc", "text/plain").size == 3
    assert storage.get("test/small") == b"abc"
    storage.remove("test/small")
    storage.remove("test/small")
    with pytest.raises(NotStoredError):
        storage.get("test/small")


def test_storage_is_refused_inside_a_transaction(storage: Storage) -> None:
    with transaction_open():
        for access in (
            lambda: storage.put("k", b"", "text/plain"),
            lambda: storage.get("k"),
            lambda: storage.size("k"),
        ):
            with pytest.raises(InsideTransactionError):
                access()


def test_a_move_that_is_repeated_does_no_harm(storage: Storage) -> None:
    storage.put("staging/test/again", b"abc", "text/plain")
    storage.move("staging/test/again", "test/again")
    storage.move("staging/test/again", "test/again")
    assert storage.get("test/again") == b"abc"
    with pytest.raises(NotStoredError):
        storage.move("staging/test/never", "test/never")
