"""The calls of the identity service: parse, authorise, one use case, answer."""

from __future__ import annotations

from chassis.database import Change
from chassis.handlers import Handlers
from chassis.tokens import Caller
from contracts import identity as contract
from contracts.call import Nothing, Page
from identity import accounts, captchas, code_lists, notices, sessions, tries, units
from identity.sign_in import sign_in
from identity.tools import Tools


def handlers_of(tools: Tools) -> Handlers:
    """The table of all methods of the service."""
    handlers = Handlers("identity")
    _register_sessions(handlers, tools)
    _register_units(handlers, tools)
    _register_code_lists(handlers, tools)
    _register_public(handlers, tools)
    return handlers


def _register_sessions(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(contract.SignIn)
    def open_session(request: contract.SignIn, _: Caller) -> contract.Session:
        return sign_in(tools, request)

    @handlers.query(contract.RefreshSession)
    def refresh_session(request: contract.RefreshSession, _: Caller) -> contract.Session:
        return sessions.refresh(tools, request.refresh_token)

    @handlers.change(contract.EndSession)
    def end_session(change: Change, _: contract.EndSession, caller: Caller) -> Nothing:
        sessions.end(change, caller)
        return Nothing()

    @handlers.query(contract.GetMe)
    def get_me(_: contract.GetMe, caller: Caller) -> contract.Account:
        with tools.database.reading() as session:
            return accounts.get_me(session, caller)

    @handlers.query(contract.NameAccounts)
    def name_accounts(request: contract.NameAccounts, _: Caller) -> contract.AccountNames:
        with tools.database.reading() as session:
            return contract.AccountNames(names=accounts.names_of(session, request.ids))


def _register_units(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(contract.GetMyUnit)
    def get_my_unit(_: contract.GetMyUnit, caller: Caller) -> contract.Unit:
        with tools.database.reading() as session:
            return units.get_my_unit(session, caller)

    @handlers.change(contract.ChangeMyUnit)
    def change_my_unit(change: Change, request: contract.ChangeMyUnit, caller: Caller) -> contract.Unit:
        return units.change_my_unit(change, request, caller)

    @handlers.query(contract.GetUnit)
    def get_unit(request: contract.GetUnit, _: Caller) -> contract.Unit:
        with tools.database.reading() as session:
            return units.get_unit(session, request.unit_id)


def _register_code_lists(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(contract.ListDistricts)
    def list_districts(request: contract.ListDistricts, _: Caller) -> Page[contract.District]:
        return code_lists.list_districts(tools.directory(), tools.today(), pilot_only=request.pilot_only)

    @handlers.query(contract.ListAuthorities)
    def list_authorities(_: contract.ListAuthorities, __: Caller) -> Page[contract.Authority]:
        return code_lists.list_authorities(tools.directory(), tools.today())

    @handlers.query(contract.GetAuthority)
    def get_authority(request: contract.GetAuthority, _: Caller) -> contract.Authority:
        return code_lists.get_authority(
            tools.directory(), tools.today(), request.district_code, pilot=request.must_be_pilot
        )


def _register_public(handlers: Handlers, tools: Tools) -> None:
    @handlers.query(contract.ListNotices)
    def list_notices(request: contract.ListNotices, _: Caller) -> Page[contract.Notice]:
        with tools.database.reading() as session:
            return notices.list_notices(session, request, tools.today())

    @handlers.query(contract.GetNotice)
    def get_notice(request: contract.GetNotice, _: Caller) -> contract.NoticeText:
        with tools.database.reading() as session:
            return notices.get_notice(session, request.notice_id, tools.today())

    @handlers.query(contract.CountTries)
    def count_tries(request: contract.CountTries, _: Caller) -> contract.Tries:
        return tries.count_tries(tools.database, request)

    @handlers.query(contract.NewCaptcha)
    def new_captcha(_: contract.NewCaptcha, __: Caller) -> contract.Captcha:
        return captchas.new_captcha(tools.database)

    @handlers.query(contract.CheckCaptcha)
    def check_captcha(request: contract.CheckCaptcha, _: Caller) -> Nothing:
        return captchas.check_captcha(tools.database, request)
