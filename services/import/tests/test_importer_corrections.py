"""Correcting cylinders of a draft: one row, a whole list with 系统编号, and the same workbook again."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import select, update

from chassis.database import Database
from contracts.errors import AppError
from contracts.importer import (
    CylinderFilter,
    EditCylinder,
    ExportCylinders,
    FindHolder,
    GetCylinder,
    GetCylinderList,
    GetCylinderListFile,
    GetImport,
    GetImportFacts,
    ImportState,
    ListCylinders,
    ListImportRows,
    StartImport,
    UpdateByImport,
)
from importer.adapters.tables import counter, cylinder

Make = Callable[..., Any]


@pytest.fixture
def ids(ask: Make) -> Callable[[str], list[str]]:
    """Ids of an application's cylinders in the order of import."""

    def read(application_id: str) -> list[str]:
        return [one.id for one in ask(ListCylinders(application_id=application_id, limit=200)).items]

    return read


@pytest.fixture
def stored(database: Database) -> Callable[[], dict[int, dict[str, Any]]]:
    """All cylinders by id, in the order of import."""

    def read() -> dict[int, dict[str, Any]]:
        with database.reading() as session:
            rows = session.execute(select(cylinder).order_by(cylinder.c.id)).mappings()
            return {row["id"]: dict(row) for row in rows}

    return read


def refusal(make: Callable[[], Any]) -> AppError:
    with pytest.raises(AppError) as refused:
        make()
    return refused.value


def with_photos(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(update(cylinder).values(stamps=1, supervision_certs=1, complete=True))


def test_a_row_of_a_draft_is_corrected_by_the_rules_and_keeps_its_photos(
    ask: Make,
    drafted: Make,
    imported: Make,
    ids: Make,
    numbered: Make,
    database: Database,
    stored: Make,
    row_of: Make,
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(2)))
    with_photos(database)
    first = ids(application_id)[0]
    before = ask(GetCylinder(cylinder_id=first))
    assert (before.cylinder.values["serial_no"], before.cylinder.values["medium_name"]) == (
        "N0",
        "液化石油气",
    )
    assert before.editable
    changed = ask(EditCylinder(cylinder_id=first, values={"serial_no": " n９ ", "ownership": "托管"}))
    shown = changed.cylinder
    assert (shown.id, shown.serial_no, shown.warnings, shown.photos) == (first, "N9", ["W27"], 2)
    assert (changed.application_id, changed.counts.cylinders, changed.editable) == (application_id, 2, True)
    assert "托管" in shown.warning_texts[0]
    row, other = stored().values()
    assert (row["serial_no"], row["complete"]) == ("N9", True)
    assert row["identity_digest"] != other["identity_digest"]
    counts = row_of(counter)
    assert (counts["version"], counts["custody"], counts["cylinders"]) == (2, 1, 2)
    again = ask(EditCylinder(cylinder_id=first, values={"ownership": "自有"}))
    assert (again.cylinder.warnings, row_of(counter)["custody"]) == ([], 0)


def test_a_wrong_correction_changes_nothing_and_names_every_fault(
    ask: Make, drafted: Make, imported: Make, ids: Make, numbered: Make, stored: Make
) -> None:
    mine, others = drafted(), drafted("unit-b", "NO-2")
    imported(mine, numbered(range(2)))
    imported(others, numbered([7]), "unit-b")
    first, before = ids(mine)[0], stored()
    wrong = {"volume_l": "x", "product_name": "", "next_inspection_date": "2026-01-01"}
    faults = refusal(lambda: ask(EditCylinder(cylinder_id=first, values=wrong))).errors
    assert [(fault.field, fault.code) for fault in faults] == [
        ("product_name", "E01"),
        ("volume_l", "E05"),
        ("next_inspection_date", "E35"),
    ]
    taken = {"serial_no": "N7", "rfid_no": "R1"}
    found = refusal(lambda: ask(EditCylinder(cylinder_id=first, values=taken)))
    assert (found.code, [fault.code for fault in found.errors]) == ("VALIDATION", ["E28", "E31"])
    assert "其他申请批次" in found.errors[0].message
    own = refusal(lambda: ask(EditCylinder(cylinder_id=first, values={"serial_no": "N1"})))
    assert [fault.code for fault in own.errors] == ["E29"]
    group = refusal(lambda: ask(EditCylinder(cylinder_id=first, values={"variety_name": "无缝气瓶"})))
    assert "E02" in {fault.code for fault in group.errors}
    assert refusal(lambda: ask(EditCylinder(cylinder_id=first, values={"colour": "红"}))).code == "VALIDATION"
    assert stored() == before


def test_a_correction_of_what_another_has_changed_meanwhile_is_refused_with_what_it_is_now(
    ask: Make, drafted: Make, imported: Make, ids: Make, numbered: Make, stored: Make
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(1)))
    first = ids(application_id)[0]
    seen = {name: text or "" for name, text in ask(GetCylinder(cylinder_id=first)).cylinder.values.items()}
    ask(EditCylinder(cylinder_id=first, values={"model": "YSP-1"}, was=seen))
    before = stored()
    late = EditCylinder(cylinder_id=first, values={"material": "HP325"}, was=seen)
    found = refusal(lambda: ask(late))
    assert (found.code, found.extra["current"]) == ("STALE", {"model": "YSP-1"})
    assert stored() == before
    assert (
        ask(late.model_copy(update={"was": seen | {"model": "YSP-1"}})).cylinder.values["material"] == "HP325"
    )


def test_the_list_is_reduced_to_a_value_as_it_stands_and_counted(
    ask: Make, drafted: Make, imported: Make, numbered: Make
) -> None:
    rows = numbered(range(5))
    rows[1]["manufacturer_name"] = rows[3]["manufacturer_name"] = "另一家钢瓶厂"
    rows[3]["model"] = "YSP118"
    application_id = drafted()
    imported(application_id, rows)

    def listed(**wanted: Any) -> list[str]:
        page = ask(ListCylinders(application_id=application_id, filter=CylinderFilter(**wanted), limit=200))
        assert (page.total, page.total_capped) == (len(page.items), False)
        return [one.serial_no for one in page.items]

    assert listed(manufacturer_name="另一家钢瓶厂") == ["N1", "N3"]
    assert listed(manufacturer_name="另一家钢瓶厂", model="YSP118") == ["N3"]
    assert listed(manufacturer_name="另一家钢瓶厂", q="n1") == ["N1"]
    assert listed(manufacture_ym="2023-05") == ["N0", "N1", "N2", "N3", "N4"]
    assert listed(manufacture_ym="2023") == []


def test_only_the_unit_corrects_and_only_in_a_draft_without_an_import(
    ask: Make,
    drafted: Make,
    imported: Make,
    ids: Make,
    numbered: Make,
    queued: Make,
    database: Database,
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(1)))
    edit = EditCylinder(cylinder_id=ids(application_id)[0], values={"model": "YSP-1"})
    assert refusal(lambda: ask(edit, unit_id="unit-b")).code == "NOT_FOUND"
    assert refusal(lambda: ask(edit, "bureau", authority_code="CQ-YZ")).code == "FORBIDDEN"
    look = GetCylinder(cylinder_id=edit.cylinder_id)
    assert refusal(lambda: ask(look, "bureau", authority_code="CQ-YZ")).code == "NOT_FOUND"
    assert refusal(lambda: ask(GetCylinder(cylinder_id="x"))).code == "NOT_FOUND"
    queued(application_id, numbered(range(5, 6)))
    assert refusal(lambda: ask(edit)).code == "IMPORT_RUNNING"
    with database.engine.begin() as connection:
        connection.exec_driver_sql("update import_run set state = 'cancelled' where state = 'queued'")
        connection.exec_driver_sql("update scope set state = 'sealed'")
    assert refusal(lambda: ask(edit)).code == "WRONG_STATE"
    assert not ask(look).editable


@pytest.fixture
def exported(ask: Make, run_all: Make, tmp_path: Path) -> Callable[..., Path]:
    """导出清单 as a file."""

    def make(application_id: str, **chosen: Any) -> Path:
        wanted = ask(ExportCylinders(application_id=application_id, **chosen))
        assert wanted.state == "queued"
        assert refusal(lambda: ask(GetCylinderListFile(list_id=wanted.id))).code == "PREPARING"
        run_all()
        assert ask(GetCylinderList(list_id=wanted.id)).state == "ready"
        path = tmp_path / "list.xlsx"
        path.write_bytes(httpx.get(ask(GetCylinderListFile(list_id=wanted.id)).url).content)
        assert refusal(lambda: ask(GetCylinderList(list_id=wanted.id), unit_id="unit-b")).code == "NOT_FOUND"
        return path

    return make


@pytest.fixture
def corrected(ask: Make, uploaded: Make, run_all: Make) -> Callable[..., ImportState]:
    """Changes cells of an exported list and imports it."""

    def make(application_id: str, path: Path, cells: dict[str, str]) -> ImportState:
        book = openpyxl.load_workbook(path)
        for place, value in cells.items():
            book["气瓶信息"][place] = value
        book.save(path)
        upload_id = uploaded(application_id, path)
        queued = ask(StartImport(application_id=application_id, upload_id=upload_id, district_code="500103"))
        run_all()
        state: ImportState = ask(GetImport(import_id=queued.id))
        return state

    return make


def test_an_exported_list_corrects_cylinders_identity_too_and_numbers_may_change_places(
    ask: Make,
    drafted: Make,
    imported: Make,
    exported: Make,
    corrected: Make,
    numbered: Make,
    database: Database,
    stored: Make,
    row_of: Make,
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(5)))
    with_photos(database)
    before = list(stored().values())
    path = exported(application_id)
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["气瓶信息"]
    assert (sheet["Z1"].value, sheet["Z3"].value, sheet.max_row) == ("系统编号", str(before[0]["id"]), 7)
    cells = {"I3": "N1", "I4": "N0", "L3": "https://qr.example.com/1", "L4": "https://qr.example.com/0"}
    state = corrected(application_id, path, cells | {"D5": "YSP-118", "Y5": "托管", "P6": "x"})
    told = [getattr(state, name) for name in ("imported", "updated", "failed", "already", "updatable")]
    assert told == [3, 3, 1, 1, 0], "two changed places, one other cell, one wrong, one as it was"
    after = list(stored().values())
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [row["serial_no"] for row in after] == ["N1", "N0", "N2", "N3", "N4"]
    assert (after[0]["identity_digest"], after[2]["model"]) == (before[1]["identity_digest"], "YSP-118")
    assert all(row["complete"] and row["live"] for row in after)
    assert (row_of(counter)["cylinders"], row_of(counter)["custody"]) == (5, 1)
    codes = [row.codes for row in ask(ListImportRows(import_id=state.id)).items]
    assert codes == [["E05"], ["E29"]]


def test_a_correction_that_takes_what_another_holds_is_refused_with_what_hangs_on_it(
    ask: Make, drafted: Make, imported: Make, exported: Make, corrected: Make, numbered: Make, stored: Make
) -> None:
    mine = drafted()
    imported(drafted("unit-b", "NO-2"), numbered([9]), "unit-b")
    imported(mine, numbered(range(8)))
    chain = {f"I{3 + i}": f"N{i + 1}" for i in range(7)} | {"I10": "N9"}
    state = corrected(mine, exported(mine), chain)
    assert (state.imported, state.failed, state.already) == (0, 8, 0), "each waits for the one before it"
    rows = ask(ListImportRows(import_id=state.id)).items
    assert [row.codes for row in rows] == [["E29"]] * 7 + [["E28"]]
    assert sorted(row["serial_no"] for row in stored().values()) == [f"N{i}" for i in [*range(8), 9]]


def test_a_number_of_nobody_or_of_another_application_is_a_new_row(
    ask: Make, drafted: Make, imported: Make, exported: Make, corrected: Make, numbered: Make, ids: Make
) -> None:
    mine, other = drafted(), drafted(number="NO-2")
    imported(mine, numbered(range(2)))
    imported(other, numbered(range(5, 6)))
    path = exported(mine, ids=ids(mine)[:1])
    cells = {"I3": "X1", "L3": "https://qr.example.com/x1", "K3": "HX1", "M3": "RX1", "J3": "UX1"}
    state = corrected(mine, path, cells | {"Z3": ids(other)[0]})
    assert (state.imported, state.updated, len(ids(mine)), len(ids(other))) == (1, 0, 3, 1)


def test_the_workbook_updates_what_differs_and_nothing_else(
    ask: Make,
    drafted: Make,
    imported: Make,
    numbered: Make,
    run_all: Make,
    database: Database,
    stored: Make,
) -> None:
    application_id = drafted()
    rows = numbered(range(4))
    imported(application_id, rows)
    with_photos(database)
    rows[1] |= {"model": "YSP118", "volume_l": "118"}
    rows[2] |= {"product_name": ""}
    again = imported(application_id, [*rows, numbered([8])[0]])
    assert (again.imported, again.failed, again.already, again.updatable) == (1, 1, 3, 1)
    parts = {part: ask(ListImportRows(import_id=again.id, already=part)) for part in (None, False, True)}
    assert {part: (page.total, len(page.items)) for part, page in parts.items()} == {
        None: (4, 4),
        False: (1, 1),
        True: (3, 3),
    }
    assert [row.values["serial_no"] for row in parts[True].items if row.differs] == ["N1"]
    wanted = UpdateByImport(import_id=again.id)
    assert refusal(lambda: ask(wanted, unit_id="unit-b")).code == "NOT_FOUND"
    queued = ask(wanted)
    assert ask(wanted).id == queued.id
    run_all()
    done = ask(GetImport(import_id=queued.id))
    assert (done.state, done.updates, done.imported, done.updated, done.failed) == (
        "finished",
        again.id,
        1,
        1,
        0,
    )
    found = {row["serial_no"]: row for row in stored().values()}
    assert (found["N1"]["model"], str(found["N1"]["volume_l"])) == ("YSP118", "118.00")
    assert (found["N1"]["complete"], len(found)) == (True, 5)
    assert ask(GetImport(import_id=again.id)).updatable == 0
    nothing = imported(application_id, [rows[0]])
    assert refusal(lambda: ask(UpdateByImport(import_id=nothing.id))).code == "WRONG_STATE"


def test_the_facts_of_an_import_show_makers_written_in_two_ways(
    ask: Make, drafted: Make, imported: Make, numbered: Make
) -> None:
    rows = numbered(range(6))
    rows[4]["manufacturer_name"] = "某某压力容器股份有限公司"
    rows[5] |= {"manufacturer_name": "另一家钢瓶厂", "model": "ysp-35.5"}
    state = imported(drafted(), rows)
    facts = {one.column: one for one in ask(GetImportFacts(import_id=state.id)).facts}
    makers = {one.value: (one.count, one.near) for one in facts["manufacturer_name"].items}
    assert makers == {
        "某某压力容器有限公司": (4, ["某某压力容器股份有限公司"]),
        "另一家钢瓶厂": (1, []),
        "某某压力容器股份有限公司": (1, ["某某压力容器有限公司"]),
    }
    models = [(one.value, one.near) for one in facts["model"].items]
    assert models == [("YSP35.5", ["ysp-35.5"]), ("ysp-35.5", ["YSP35.5"])]
    assert (facts["manufacture_ym"].distinct, facts["manufacture_ym"].items[0].count) == (1, 6)


def test_the_officers_of_the_authority_see_who_holds_an_identity(
    ask: Make, drafted: Make, imported: Make, numbered: Make, peers: Any
) -> None:
    application_id = drafted()
    imported(application_id, numbered([3]))
    known = peers.known.pop(application_id)
    asked = FindHolder(manufacturer_name="某某压力容器有限责任公司", serial_no="n3", manufacture_ym="2023.05")
    found = ask(asked, "bureau", authority_code="CQ-YZ")
    assert (found.application_id, found.unit_id, found.state) == (application_id, "unit-a", "open")
    assert found.unit_name == "", "known without review, too"
    peers.known[application_id] = known.model_copy(update={"unit_name": "虚构燃气有限公司"})
    assert ask(asked, "bureau", authority_code="CQ-YZ").unit_name == "虚构燃气有限公司"
    assert refusal(lambda: ask(asked, "bureau", authority_code="CQ-JB")).code == "NOT_FOUND"
    assert refusal(lambda: ask(asked)).code == "FORBIDDEN"
