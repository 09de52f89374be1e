"""Calls and events of the attachments service: each handler gives the request to one use case."""

from __future__ import annotations

from attachments import documents, intake, photos, reactions, sealing, tickets
from attachments.tools import Tools
from chassis.database import Change
from chassis.handlers import Handlers
from chassis.tokens import Caller
from contracts import attachments as calls
from contracts.call import Nothing, Page
from contracts.completeness import Completeness


def handlers_of(tools: Tools) -> Handlers:
    """The table of this service's methods."""
    handlers = Handlers("attachments")
    _for_units(handlers, tools)
    _for_readers(handlers, tools)
    _for_review(handlers, tools)
    reactions.register(handlers)
    return handlers


def _for_units(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.RequestUploads)
    def request_uploads(request: calls.RequestUploads, caller: Caller) -> calls.UploadTickets:
        return tickets.request_uploads(request, caller, tools)

    @handlers.change(calls.AddPhotos)
    def add_photos(change: Change, request: calls.AddPhotos, caller: Caller) -> calls.PhotoResults:
        return intake.add_photos(change, request, caller, tools.photos)

    @handlers.change(calls.DeletePhoto)
    def delete_photo(change: Change, request: calls.DeletePhoto, caller: Caller) -> Nothing:
        photos.delete_photo(change, request, caller, tools.photos)
        return Nothing()

    @handlers.change(calls.AddDocument)
    def add_document(change: Change, request: calls.AddDocument, caller: Caller) -> calls.Document:
        return documents.add_document(change, request, caller, tools.storage)


def _for_readers(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.ListPhotos)
    def list_photos(request: calls.ListPhotos, caller: Caller) -> calls.Photos:
        return photos.list_photos(request, caller, tools)

    @handlers.query(calls.ListDocuments)
    def list_documents(request: calls.ListDocuments, caller: Caller) -> Page[calls.Document]:
        return documents.list_documents(request, caller, tools)


def _for_review(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(calls.CheckPhotos)
    def check_photos(request: calls.CheckPhotos, _: Caller) -> Completeness:
        with tools.database.reading() as session:
            return sealing.check(session, request, tools.photos)

    @handlers.change(calls.SealPhotos)
    def seal_photos(change: Change, request: calls.SealPhotos, _: Caller) -> Nothing:
        sealing.seal(change, request, tools.photos)
        return Nothing()

    @handlers.change(calls.UnsealPhotos)
    def unseal_photos(change: Change, request: calls.UnsealPhotos, _: Caller) -> Nothing:
        sealing.unseal(change, request.application_id, request.attempt)
        return Nothing()

    @handlers.query(calls.LinkPhotos)
    def link_photos(request: calls.LinkPhotos, _: Caller) -> calls.PhotoLinks:
        return photos.link_photos(request, tools)
