"""Calls of units and readers: from the ticket to the list of cylinders, and who may see what."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from sqlalchemy import update

from chassis.database import Database
from contracts.errors import AppError
from contracts.importer import (
    CancelImport,
    CountCylinders,
    CylinderFilter,
    DeleteCylinders,
    GetCylinder,
    GetErrorWorkbook,
    GetImport,
    GetTemplate,
    GetWorkbookRules,
    ListCylinders,
    ListImportRows,
    ListImports,
    ListMedia,
    ListVarieties,
    RequestWorkbookUpload,
    StartImport,
)
from contracts.review import ChooseDistrict, GetApplicationScope
from importer.adapters.tables import counter, cylinder, scope
from importer.application.tools import Tools
from importer.clock import write_template

Make = Callable[..., Any]


def code_of(make: Callable[[], Any]) -> str:
    with pytest.raises(AppError) as refused:
        make()
    return refused.value.code


def test_a_ticket_is_given_for_an_xlsx_of_a_draft_of_the_own_unit(
    ask: Make, drafted: Make, peers: Any, tools: Tools
) -> None:
    mine = drafted()

    def wanted(**more: Any) -> RequestWorkbookUpload:
        return RequestWorkbookUpload(**{"application_id": mine, "file_name": "a.XLSX", "size": 9, **more})

    assert ask(wanted()).fields["Content-Type"].startswith("application/")
    assert [type(one) for one in peers.asked] == [GetApplicationScope]
    ask(wanted())
    assert len(peers.asked) == 1, "known by now"
    assert code_of(lambda: ask(wanted(file_name="a.xls"))) == "FILE_TYPE"
    assert code_of(lambda: ask(wanted(size=tools.limits.max_bytes + 1))) == "FILE_TOO_LARGE"
    assert code_of(lambda: ask(wanted(), unit_id="unit-b")) == "NOT_FOUND"
    assert code_of(lambda: ask(wanted(application_id="nobody's"))) == "NOT_FOUND"
    assert code_of(lambda: ask(wanted(application_id=drafted(state="submitted")))) == "WRONG_STATE"
    assert code_of(lambda: ask(wanted(), "bureau", authority_code="CQ-YZ")) == "FORBIDDEN"


def prepare_rows(book: Any) -> None:
    """Formats cells far below, as the template does: rows that were never filled in are no rows."""
    book.active.cell(200, 1).number_format = "@"


def test_an_import_is_started_once_however_often_it_is_asked_for(
    ask: Make,
    drafted: Make,
    uploaded: Make,
    workbook_file: Make,
    numbered: Make,
    row_of: Make,
    peers: Any,
    run_all: Make,
) -> None:
    application_id = drafted()
    upload_id = uploaded(application_id, workbook_file(numbered(range(5)), prepare_rows))
    request = StartImport(application_id=application_id, upload_id=upload_id, district_code="500103")
    first = ask(request)
    assert (first.state, first.file_name, first.district_code) == ("queued", "气瓶.xlsx", "500103")
    assert ask(request).id == first.id
    assert [one.may_change for one in peers.asked if isinstance(one, ChooseDistrict)] == [True]
    known = row_of(scope, application_id=application_id)
    assert (known["authority_code"], known["authority_phone"]) == ("CQ-YZ", "023-60000001")
    run_all()
    done = ask(GetImport(import_id=first.id))
    assert (done.state, done.imported, done.progress.total, done.error_workbook) == ("finished", 5, 5, False)
    assert ask(request) == done
    page = ask(ListImports(application_id=application_id))
    assert (page.items, page.total, page.next_cursor) == ([done], 1, None)
    other = {"unit_id": "unit-b"}
    assert code_of(lambda: ask(GetImport(import_id=first.id), **other)) == "NOT_FOUND"
    assert code_of(lambda: ask(request, **other)) == "NOT_FOUND"
    assert code_of(lambda: ask(ListImports(application_id=application_id), **other)) == "NOT_FOUND"
    assert code_of(lambda: ask(GetImport(import_id="x"))) == "NOT_FOUND"
    assert code_of(lambda: ask(GetErrorWorkbook(import_id=first.id))) == "NOT_FOUND"
    assert code_of(lambda: ask(CancelImport(import_id=first.id))) == "WRONG_STATE"


def test_an_import_is_refused_for_what_is_not_there_or_not_right(
    ask: Make, drafted: Make, uploaded: Make, workbook_file: Make, numbered: Make, imported: Make, peers: Any
) -> None:
    mine = drafted()
    path = workbook_file(numbered(range(2)))

    def start(upload_id: str, district: str = "500103", application: str = mine) -> Any:
        wanted = StartImport(application_id=application, upload_id=upload_id, district_code=district)
        return ask(wanted)

    ticket = ask(RequestWorkbookUpload(application_id=mine, file_name="a.xlsx", size=1))
    assert code_of(lambda: start(ticket.upload_id)) == "NOT_FOUND", "nothing was uploaded"
    assert code_of(lambda: start("unknown")) == "NOT_FOUND"
    assert code_of(lambda: start(uploaded(mine, path), "500999")) == "DISTRICT_NOT_PILOT"
    assert code_of(lambda: start(uploaded(mine, path), application=drafted())) == "NOT_FOUND"
    upload_id = uploaded(mine, path)
    assert start(upload_id, "500105").state == "queued"
    assert code_of(lambda: start(uploaded(mine, path), "500103")) == "DISTRICT_DIFFERS"
    ask(CancelImport(import_id=start(upload_id, "500105").id))
    assert start(uploaded(mine, path), "500103").state == "queued", "nothing imported nor queued: may change"
    assert [one.may_change for one in peers.asked if isinstance(one, ChooseDistrict)][-2:] == [False, True]


def test_rows_that_failed_are_listed_and_stand_in_the_error_workbook(
    ask: Make, drafted: Make, imported: Make, numbered: Make
) -> None:
    rows = numbered(range(5))
    rows[1]["volume_l"], rows[3]["volume_l"] = "x", "y"
    done = imported(drafted(), rows)
    assert (done.imported, done.failed, done.error_workbook) == (3, 2, True)
    assert [(one.code, one.count) for one in done.codes] == [("E05", 2)]
    first = ask(ListImportRows(import_id=done.id, limit=1))
    second = ask(ListImportRows(import_id=done.id, limit=1, cursor=first.next_cursor))
    assert [(page.items[0].row, page.items[0].values["volume_l"], page.total) for page in (first, second)] == [
        (4, "x", 2), (6, "y", 2),
    ]  # fmt: skip
    assert (first.items[0].codes, first.items[0].columns) == (["E05"], ["volume_l"])
    assert second.next_cursor is None
    assert code_of(lambda: ask(ListImportRows(import_id=done.id), unit_id="unit-b")) == "NOT_FOUND"
    assert code_of(lambda: ask(ListImportRows(import_id=done.id, cursor="x"))) == "VALIDATION"
    answer = httpx.get(ask(GetErrorWorkbook(import_id=done.id)).url)
    assert unquote(answer.headers["content-disposition"]).endswith("气瓶-错误数据.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["气瓶信息"]
    assert [sheet["AC3"].value, sheet["AC4"].value] == ["4", "6"]


def test_rows_of_one_code_are_counted_and_paged_by_themselves(
    ask: Make, drafted: Make, imported: Make, numbered: Make
) -> None:
    rows = numbered(range(8))
    for place in (1, 3, 5):
        rows[place]["volume_l"] = "x"
    rows[4]["qr_url"] = "no address"
    rows[5]["qr_url"] = "no address"
    done = imported(drafted(), rows)
    assert {one.code: one.count for one in done.codes} == {"E05": 3, "E13": 2}
    found: list[int] = []
    cursor, pages = None, 0
    while cursor or not pages:
        page = ask(ListImportRows(import_id=done.id, code="E05", limit=2, cursor=cursor))
        assert page.total == 3
        found += [row.row for row in page.items]
        cursor, pages = page.next_cursor, pages + 1
    assert (found, pages) == ([4, 6, 8], 2)
    both = ask(ListImportRows(import_id=done.id, code="E13"))
    assert [row.row for row in both.items] == [7, 8]
    assert (both.total, both.next_cursor) == (2, None)
    assert set(both.items[1].codes) == {"E05", "E13"}, "a row with two faults is listed by either"
    none = ask(ListImportRows(import_id=done.id, code="E99"))
    assert (none.items, none.total) == ([], 0)
    assert ask(ListImportRows(import_id=done.id)).total == 4
    theirs = ListImportRows(import_id=done.id, code="E05")
    assert code_of(lambda: ask(theirs, unit_id="unit-b")) == "NOT_FOUND"


def test_a_waiting_import_is_cancelled_and_told(
    ask: Make, drafted: Make, uploaded: Make, workbook_file: Make, numbered: Make, run_all: Make, events: Make
) -> None:
    application_id = drafted()
    upload_id = uploaded(application_id, workbook_file(numbered(range(2))))
    request = StartImport(application_id=application_id, upload_id=upload_id, district_code="500103")
    import_id = ask(request).id
    assert code_of(lambda: ask(CancelImport(import_id=import_id), unit_id="unit-b")) == "NOT_FOUND"
    assert ask(CancelImport(import_id=import_id), key="c").state == "cancelled"
    assert ask(CancelImport(import_id=import_id), key="c").state == "cancelled", "the same key again"
    assert code_of(lambda: ask(GetErrorWorkbook(import_id=import_id))) == "NOT_FOUND"
    run_all()
    assert ask(ListCylinders(application_id=application_id)).total == 0
    assert [event["state"] for event in events("import.finished")] == ["cancelled"]


def test_cylinders_are_paged_filtered_and_sorted(
    ask: Make, drafted: Make, imported: Make, numbered: Make, database: Database
) -> None:
    application_id = drafted()
    imported(application_id, numbered([30, 1, 2, 10]))
    with database.engine.begin() as connection:
        connection.execute(
            update(cylinder).where(cylinder.c.serial_no == "N2").values(complete=True, stamps=2)
        )
        connection.execute(update(counter).values(complete=1))

    def serials(**more: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = ask(ListCylinders(application_id=application_id, limit=2, cursor=cursor, **more))
            found += [one.serial_no for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                assert page.total == len(found)
                return found

    assert serials() == ["N30", "N1", "N2", "N10"]
    assert serials(sort="serial_no") == ["N1", "N10", "N2", "N30"]
    assert serials(filter=CylinderFilter(has_photos=True)) == ["N2"]
    assert serials(filter=CylinderFilter(has_photos=False)) == ["N30", "N1", "N10"]
    assert serials(filter=CylinderFilter(q="n1")) == ["N1", "N10"]
    assert serials(filter=CylinderFilter(q="U-3")) == ["N30"]
    assert serials(filter=CylinderFilter(q="%")) == []
    one = ask(ListCylinders(application_id=application_id)).items[2]
    assert (one.row, one.photos, one.complete, one.variety_name, one.medium_name) == (
        5, 2, True, "焊接气瓶", "液化石油气",
    )  # fmt: skip
    page = ask(ListCylinders(application_id=application_id, limit=2))
    assert (
        code_of(
            lambda: ask(
                ListCylinders(application_id=application_id, sort="serial_no", cursor=page.next_cursor)
            )
        )
        == "VALIDATION"
    )


def test_a_list_tells_photos_by_kind_and_on_request_all_columns_of_the_template(
    ask: Make, drafted: Make, imported: Make, numbered: Make, database: Database, tools: Tools
) -> None:
    application_id = drafted()
    imported(application_id, numbered([1], ownership="托管"))
    with database.engine.begin() as connection:
        connection.execute(update(cylinder).values(stamps=2, supervision_certs=1))
    plain = ask(ListCylinders(application_id=application_id)).items[0]
    assert (plain.photos, plain.stamps, plain.supervision_certs) == (3, 2, 1)
    assert (plain.values, plain.warning_texts) == ({}, [])
    full = ask(ListCylinders(application_id=application_id, with_values=True)).items[0]
    assert set(full.values) == {column.code_name for column in tools.references().columns}
    assert (full.values["ownership"], full.values["volume_l"], full.values["row_no"]) == (
        "托管",
        "35.50",
        "3",
    )
    assert full.warnings == ["W27"]
    assert "托管" in full.warning_texts[0]


def test_a_cylinder_is_shown_with_its_neighbours_of_a_filter(
    ask: Make, drafted: Make, imported: Make, numbered: Make, database: Database
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(4)))
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]
    with database.engine.begin() as connection:
        connection.execute(update(cylinder).where(cylinder.c.serial_no == "N2").values(complete=True))
        connection.execute(update(counter).values(complete=1))
    without = CylinderFilter(has_photos=False)

    def around(at: int, **more: Any) -> tuple[str | None, str | None]:
        sheet = ask(GetCylinder(cylinder_id=ids[at], **more))
        return sheet.previous_id, sheet.next_id

    assert around(1) == (ids[0], ids[2])
    assert around(1, filter=without) == (ids[0], ids[3])
    assert around(3, filter=without) == (ids[1], ids[0]), "behind the last comes the first again"
    assert around(0, filter=CylinderFilter(q="N0")) == (None, None)
    sheet = ask(GetCylinder(cylinder_id=ids[2]))
    assert (sheet.application_id, sheet.application_no, sheet.open) == (application_id, "NO-1", True)
    assert (sheet.counts.cylinders, sheet.counts.with_photos) == (4, 1)
    assert (sheet.cylinder.serial_no, sheet.cylinder.values["serial_no"]) == ("N2", "N2")
    for strange in ("0", "x", str(int(ids[3]) + 1), str(int(ids[0]) << 30)):
        unknown = GetCylinder(cylinder_id=strange)
        assert code_of(partial(ask, unknown)) == "NOT_FOUND"
    assert code_of(lambda: ask(GetCylinder(cylinder_id=ids[0]), unit_id="unit-b")) == "NOT_FOUND"
    assert (
        code_of(lambda: ask(GetCylinder(cylinder_id=ids[0]), "bureau", authority_code="CQ-YZ")) == "NOT_FOUND"
    )


def test_readers_see_their_own_only_and_officers_no_drafts(
    ask: Make, drafted: Make, imported: Make, numbered: Make, database: Database
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(3)))
    listed, counted = (
        ListCylinders(application_id=application_id),
        CountCylinders(application_ids=[application_id]),
    )
    mine = {"authority_code": "CQ-YZ"}
    assert code_of(lambda: ask(listed, unit_id="unit-b")) == "NOT_FOUND"
    assert code_of(lambda: ask(listed, "bureau", **mine)) == "NOT_FOUND"
    assert ask(counted).counts[application_id].cylinders == 3
    assert ask(counted, unit_id="unit-b").counts == ask(counted, "bureau", **mine).counts == {}
    with database.engine.begin() as connection:
        connection.execute(update(scope).values(state="sealed", sealed_attempt=1))
    assert ask(listed, "bureau", **mine).total == 3
    assert ask(listed, "municipal").total == 3
    assert code_of(lambda: ask(listed, "bureau", authority_code="CQ-JB")) == "NOT_FOUND"
    assert ask(counted, "bureau", **mine).counts[application_id].cylinders == 3
    assert ask(counted, "bureau", authority_code="CQ-JB").counts == {}
    assert code_of(lambda: ask(listed, "admin")) == "FORBIDDEN"


def test_deleted_cylinders_are_gone_from_counts_and_can_come_again(
    ask: Make, drafted: Make, imported: Make, numbered: Make, row_of: Make, run_all: Make, events: Make
) -> None:
    application_id, rows = drafted(), numbered(range(6))
    rows[0]["ownership"] = "托管"
    imported(application_id, rows)
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]

    def delete(**which: Any) -> DeleteCylinders:
        return DeleteCylinders(application_id=application_id, **which)

    assert code_of(lambda: ask(delete())) == "VALIDATION"
    assert code_of(lambda: ask(delete(ids=[], filter=CylinderFilter()))) == "VALIDATION"
    assert code_of(lambda: ask(delete(ids=ids), unit_id="unit-b")) == "NOT_FOUND"
    assert ask(delete(ids=[ids[0], ids[1], "0", "x", "9" * 30]), key="d").deleted == 2
    assert ask(delete(ids=[ids[0], ids[1], "0", "x", "9" * 30]), key="d").deleted == 2, "the same key again"
    assert ask(delete(ids=ids[:2])).deleted == 0
    assert ask(delete(filter=CylinderFilter(q="N5"))).deleted == 1
    run_all()
    counts = row_of(counter)
    assert [counts[name] for name in ("version", "announced", "cylinders", "custody")] == [3, 3, 3, 0]
    assert [(one["version"], one["count"]) for one in events("cylinders.changed")][-1] == (3, 3)
    again = imported(application_id, rows)
    assert (again.imported, again.already) == (3, 3)


def test_deleting_from_a_sealed_application_is_refused(ask: Make, application: Make) -> None:
    request = DeleteCylinders(application_id=application(state="sealed"), filter=CylinderFilter())
    assert code_of(lambda: ask(request)) == "WRONG_STATE"


def test_everybody_gets_the_lists_and_the_template(ask: Make, tools: Tools, tmp_path: Path) -> None:
    varieties = ask(ListVarieties(), "gateway")
    assert ("2310", "无缝气瓶", "2310") in [(one.code, one.name, one.group) for one in varieties.items]
    assert "23T0" not in [one.code for one in varieties.items]
    assert ask(ListMedia(), "admin").items[0].name == "液化石油气"
    assert code_of(lambda: ask(GetTemplate(), "gateway")) == "PREPARING"
    write_template(tools)
    address = ask(GetTemplate(), "gateway").url
    write_template(tools)
    assert ask(GetTemplate()).url.partition("?")[0] == address.partition("?")[0], (
        "the same content, the same key"
    )
    answer = httpx.get(address)
    assert "气瓶信息EXCEL模板.xlsx" in unquote(answer.headers["content-disposition"])
    assert "气瓶信息" in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
    tools.storage.remove(address.partition("?")[0].split("/", 4)[4])
    write_template(tools)
    assert httpx.get(ask(GetTemplate()).url).status_code == 200, "a lost object comes back"


def test_everybody_gets_what_a_workbook_must_be(ask: Make, tools: Tools) -> None:
    rules = ask(GetWorkbookRules(), "gateway")
    assert (rules.sheet, rules.max_bytes) == ("气瓶信息", tools.limits.max_bytes)
    columns = {column.heading: column for column in rules.columns}
    assert len(columns) == 25
    assert columns["产品编号"].required
    assert columns["产品编号"].others == ["出厂编号"]
    assert not columns["型号"].required


def test_nobody_learns_whether_an_import_of_another_exists(ask: Make) -> None:
    assert code_of(lambda: ask(GetImport(import_id=str(uuid.uuid4())))) == "NOT_FOUND"


def test_a_search_that_finds_very_many_counts_no_further_and_gives_the_same_pages(
    ask: Make, drafted: Make, imported: Make, numbered: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(6)))
    request = ListCylinders(application_id=application_id, limit=2, filter=CylinderFilter(q="n"))
    exact = ask(request)
    monkeypatch.setattr("importer.application.cylinders.MOST_COUNTED", 3)
    monkeypatch.setattr("importer.application.cylinders._ENOUGH", 4)
    capped = ask(request)
    assert (exact.total, exact.total_capped, capped.total, capped.total_capped) == (6, False, 3, True)
    assert capped.items == exact.items
    assert capped.next_cursor == exact.next_cursor
