"""The one registry of error codes: status, title and what to do, for every process and every interface."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel


class ErrorCode(NamedTuple):
    """A registered code. ``status`` is the HTTP status; ``detail`` tells a person what to do next."""

    status: int
    title: str
    detail: str


ERROR_CODES: dict[str, ErrorCode] = {
    "AUTH_FAILED": ErrorCode(401, "登录失败", "账号或密码不正确，请重新输入。"),
    "TOKEN_EXPIRED": ErrorCode(401, "登录已过期", "登录已过期，请重新登录后继续。"),
    "OTP_REQUIRED": ErrorCode(401, "需要动态验证码", "请输入动态验证码后重新登录。"),
    "ACCOUNT_LOCKED": ErrorCode(423, "账号已锁定", "账号已锁定，请30分钟后再试，或联系登记机关解锁。"),
    "FORBIDDEN": ErrorCode(
        403, "没有权限", "您的账号没有办理此事项的权限，如需办理请联系本单位或本局管理员。"
    ),
    "CAPTCHA_REQUIRED": ErrorCode(403, "需要图形验证码", "请输入图形验证码后重试。"),
    "NOT_FOUND": ErrorCode(404, "没有找到", "没有找到该内容，或它不属于您的单位，请核对后重试。"),
    "UNIT_NOT_FOUND": ErrorCode(
        404, "单位信息不存在", "单位信息不存在，请核对统一社会信用代码；确认无误请致电登记机关处理。"
    ),
    "VALIDATION": ErrorCode(422, "填写有误", "提交的内容有误，请按提示修改后重新提交。"),
    "DISTRICT_NOT_PILOT": ErrorCode(422, "不是试点区县", "当前仅支持试点区县，请重新选择区县。"),
    "IDEMPOTENCY_CONFLICT": ErrorCode(
        422, "重复的请求标识", "同一个Idempotency-Key已用于另一项请求，请换一个标识后重试。"
    ),
    "STALE": ErrorCode(409, "内容已被更新", "该内容已被更新，您的操作没有生效，请查看最新状态后重试。"),
    "WRONG_STATE": ErrorCode(409, "当前状态不能办理", "当前状态不能办理此操作，请查看最新状态。"),
    "NOTHING_TO_REGISTER": ErrorCode(
        409, "没有可登记的气瓶", "全部气瓶均被标为“错误”，没有可登记的气瓶，请使用“驳回（退件）”。"
    ),
    "INCOMPLETE": ErrorCode(409, "信息不完整", "申请尚不完整，请按所列内容一次补齐后再提交。"),
    "UNSEEN_PAGES": ErrorCode(409, "还有未审核的页", "还有未审核的页，请全部看过后再点击“完成”。"),
    "PREPARING": ErrorCode(409, "正在准备", "审核数据正在准备，请稍后重试。"),
    "PAGE_NOT_OPENED": ErrorCode(409, "该页尚未打开", "请先打开该页查看照片，再保存。"),
    "PHOTOS_UNSEEN": ErrorCode(409, "还有照片未显示", "本页还有照片未显示，请等照片显示后再保存。"),
    "IMPORT_RUNNING": ErrorCode(409, "正在导入", "本批次正在导入，请等导入完成后再操作。"),
    "PHOTOS_PENDING": ErrorCode(409, "照片正在处理", "本批次还有照片正在处理，请稍后再操作。"),
    "DISTRICT_DIFFERS": ErrorCode(409, "区县不一致", "本批次已选择另一区县，请选择同一区县，或另建批次。"),
    "SAME_PERSON": ErrorCode(409, "须由其他人员办理", "您已办理本申请的另一步，这一步请转交其他人员办理。"),
    "BEHIND": ErrorCode(409, "数据尚未同步", "数据正在同步，请稍后重试。"),
    "FILE_TOO_LARGE": ErrorCode(413, "文件过大", "文件超过大小限制，请压缩或拆分后重试。"),
    "FILE_TYPE": ErrorCode(415, "文件类型不支持", "不支持该文件类型，请按要求的格式重新选择文件。"),
    "TOO_MANY_PHOTOS": ErrorCode(409, "照片过多", "每只气瓶最多4张照片，请先删除一张。"),
    "STAMP_SINGLE": ErrorCode(422, "钢印照片只能对应一只气瓶", "一张钢印照片只能对应一只气瓶，请逐只上传。"),
    "TOO_MANY_REQUESTS": ErrorCode(429, "操作过于频繁", "操作过于频繁，请稍后再试。"),
    "UPSTREAM_TIMEOUT": ErrorCode(504, "服务响应超时", "服务响应超时，请稍后重试；重复提交不会重复办理。"),
    "UPSTREAM_UNAVAILABLE": ErrorCode(503, "服务暂不可用", "服务暂不可用，请稍后重试；您的内容没有丢失。"),
    "INTERNAL": ErrorCode(500, "系统出现问题", "系统出现问题，已自动记录；如急需办理，请提供错误编号。"),
}


class FieldFault(BaseModel):
    """One fault of one field: ``field`` is its path in the request, ``code`` registered by whoever checks it."""

    field: str
    code: str
    message: str


class AppError(Exception):
    """A refusal with a registered code that crosses processes as data, never as a traceback.

    ``extra`` holds what the interface promises beside the code (``current``, ``faults``, ``pages``, …): JSON values.
    """

    def __init__(
        self, code: str, detail: str | None = None, *, errors: list[FieldFault] | None = None, **extra: Any
    ) -> None:
        registered = ERROR_CODES[code]
        self.code = code
        self.status = registered.status
        self.title = registered.title
        self.detail = detail or registered.detail
        self.errors = errors or []
        self.extra = extra
        super().__init__(f"{code}: {self.detail}")

    def to_wire(self) -> dict[str, Any]:
        """The error as it crosses the bus."""
        faults = [fault.model_dump() for fault in self.errors]
        return {"code": self.code, "detail": self.detail, "errors": faults, "extra": self.extra}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> AppError:
        """The error that ``to_wire`` described; an unknown code (a newer service) becomes INTERNAL."""
        code = wire["code"] if wire["code"] in ERROR_CODES else "INTERNAL"
        faults = [FieldFault.model_validate(fault) for fault in wire["errors"]]
        return cls(code, wire["detail"], errors=faults, **wire["extra"])
