"""Calls and events of the import service: each handler gives the request to one use case."""

from __future__ import annotations

from chassis.database import Change
from chassis.handlers import Handlers
from chassis.tokens import Caller
from contracts import importer as calls
from contracts.call import Nothing, Page
from contracts.files import Link, UploadTicket
from contracts.identity import CodeName
from importer.application import (
    cancel_import,
    cylinder_lists,
    cylinder_sheet,
    cylinders,
    delete_cylinders,
    edit_cylinder,
    find_holder,
    import_facts,
    imports,
    lists,
    reactions,
    sealing,
    start_import,
    templates,
    update_by_import,
    uploads,
)
from importer.application.tools import Tools


def handlers_of(tools: Tools) -> Handlers:
    """The table of this service's methods."""
    handlers = Handlers("importer")
    _for_imports(handlers, tools)
    _for_cylinders(handlers, tools)
    _for_corrections(handlers, tools)
    _for_lists(handlers, tools)
    _for_everybody(handlers, tools)
    _for_review(handlers, tools)
    reactions.register(handlers)
    return handlers


def _for_imports(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.RequestWorkbookUpload)
    def request_workbook_upload(request: calls.RequestWorkbookUpload, caller: Caller) -> UploadTicket:
        return uploads.request_upload(request, caller, tools)

    @handlers.query(calls.StartImport)
    def start(request: calls.StartImport, caller: Caller) -> calls.ImportState:
        return start_import.start_import(request, caller, tools)

    @handlers.query(calls.GetImport)
    def get_import(request: calls.GetImport, caller: Caller) -> calls.ImportState:
        return imports.get_import(request, caller, tools)

    @handlers.query(calls.ListImports)
    def list_imports(request: calls.ListImports, caller: Caller) -> Page[calls.ImportState]:
        return imports.list_imports(request, caller, tools)

    @handlers.change(calls.CancelImport)
    def cancel(change: Change, request: calls.CancelImport, caller: Caller) -> calls.ImportState:
        return cancel_import.cancel_import(change, request, caller, tools.references())

    @handlers.query(calls.ListImportRows)
    def list_import_rows(request: calls.ListImportRows, caller: Caller) -> Page[calls.ImportRow]:
        return imports.list_import_rows(request, caller, tools)

    @handlers.query(calls.GetErrorWorkbook)
    def get_error_workbook(request: calls.GetErrorWorkbook, caller: Caller) -> Link:
        return imports.get_error_workbook(request, caller, tools)


def _for_cylinders(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.ListCylinders)
    def list_cylinders(request: calls.ListCylinders, caller: Caller) -> Page[calls.Cylinder]:
        return cylinders.list_cylinders(request, caller, tools)

    @handlers.query(calls.GetCylinder)
    def get_cylinder(request: calls.GetCylinder, caller: Caller) -> calls.CylinderSheet:
        return cylinder_sheet.get_cylinder(request, caller, tools)

    @handlers.change(calls.DeleteCylinders)
    def delete(change: Change, request: calls.DeleteCylinders, caller: Caller) -> calls.Deleted:
        return delete_cylinders.delete_cylinders(change, request, caller)

    @handlers.query(calls.CountCylinders)
    def count_cylinders(request: calls.CountCylinders, caller: Caller) -> calls.ManyCounts:
        return cylinders.count_cylinders(request, caller, tools)


def _for_corrections(handlers: Handlers, tools: Tools) -> None:
    @handlers.change(calls.EditCylinder)
    def edit(change: Change, request: calls.EditCylinder, caller: Caller) -> calls.CylinderSheet:
        return edit_cylinder.edit_cylinder(change, request, caller, tools)

    @handlers.change(calls.UpdateByImport)
    def update(change: Change, request: calls.UpdateByImport, caller: Caller) -> calls.ImportState:
        return update_by_import.update_by_import(change, request, caller, tools.references())

    @handlers.query(calls.GetImportFacts)
    def get_import_facts(request: calls.GetImportFacts, caller: Caller) -> calls.ImportFacts:
        return import_facts.get_import_facts(request, caller, tools)


def _for_lists(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.FindHolder)
    def find(request: calls.FindHolder, caller: Caller) -> calls.Holder:
        return find_holder.find_holder(request, caller, tools)

    @handlers.change(calls.ExportCylinders)
    def export(change: Change, request: calls.ExportCylinders, caller: Caller) -> calls.CylinderList:
        return cylinder_lists.export_cylinders(change, request, caller)

    @handlers.query(calls.GetCylinderList)
    def get_list(request: calls.GetCylinderList, caller: Caller) -> calls.CylinderList:
        return cylinder_lists.get_cylinder_list(request, caller, tools)

    @handlers.query(calls.GetCylinderListFile)
    def get_list_file(request: calls.GetCylinderListFile, caller: Caller) -> Link:
        return cylinder_lists.get_cylinder_list_file(request, caller, tools)


def _for_everybody(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.GetTemplate)
    def get_template(_: calls.GetTemplate, __: Caller) -> Link:
        return templates.get_template(tools)

    @handlers.query(calls.GetWorkbookRules)
    def get_workbook_rules(_: calls.GetWorkbookRules, __: Caller) -> calls.WorkbookRules:
        return lists.workbook_rules(tools.references(), tools.limits)

    @handlers.query(calls.ListVarieties)
    def list_varieties(_: calls.ListVarieties, __: Caller) -> Page[calls.Variety]:
        return lists.varieties(tools.references())

    @handlers.query(calls.ListMedia)
    def list_media(_: calls.ListMedia, __: Caller) -> Page[CodeName]:
        return lists.media(tools.references())


def _for_review(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.CheckCylinders)
    def check_cylinders(request: calls.CheckCylinders, _: Caller) -> calls.CylindersChecked:
        with tools.database.reading() as session:
            return sealing.check(session, request.application_id)

    @handlers.change(calls.SealCylinders)
    def seal_cylinders(change: Change, request: calls.SealCylinders, _: Caller) -> calls.Sealed:
        return sealing.seal(change, request, tools.references())

    @handlers.change(calls.UnsealCylinders)
    def unseal_cylinders(change: Change, request: calls.UnsealCylinders, _: Caller) -> Nothing:
        sealing.unseal(change, request.application_id, request.attempt)
        return Nothing()
