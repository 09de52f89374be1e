"""Faults of fields in Chinese: what pydantic found, said to the person who fills in the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.errors import FieldFault

_PARTS = ("body", "query", "path", "header", "cookie")

# By pydantic's error type; the names in braces come from the error's context.
MESSAGES: dict[str, str] = {
    "missing": "必填，请填写",
    "json_invalid": "不是有效的JSON，请检查格式",
    "string_type": "应为文字，请改正",
    "string_too_short": "至少{min_length}个字符，请补充",
    "string_too_long": "最多{max_length}个字符，请缩短",
    "string_pattern_mismatch": "格式不正确，请核对",
    "string_unicode": "含有无法识别的字符，请删除后重试",
    "nul": "含有不能使用的字符，请删除后重试",
    "int_type": "应为整数，请改正",
    "int_parsing": "应为整数，请改正",
    "int_from_float": "应为整数，请改正",
    "int_parsing_size": "数字过大，请改正",
    "bool_type": "应为true或false，请改正",
    "bool_parsing": "应为true或false，请改正",
    "list_type": "应为列表，请改正",
    "dict_type": "应为JSON对象，请改正",
    "model_type": "应为JSON对象，请改正",
    "model_attributes_type": "应为JSON对象，并以Content-Type: application/json提交",
    "literal_error": "只能是{expected}，请重新选择",
    "too_short": "至少{min_length}项，请补充",
    "too_long": "最多{max_length}项，请分几次提交",
    "greater_than_equal": "不能小于{ge}，请改正",
    "less_than_equal": "不能大于{le}，请改正",
    "extra_forbidden": "没有这个条件，请核对名称",
    "one_of": "“ids”和“filter”须填且只填一项，请改正",
}
_OTHER = "填写有误，请改正"


def faults_of(errors: Sequence[Any]) -> list[FieldFault]:
    """One fault for each error of pydantic, with the field's path as the sender knows it (``items.0.size``)."""
    return [FieldFault(field=_path(error), code=error["type"], message=_message(error)) for error in errors]


def _path(error: Any) -> str:
    steps = [str(step) for step in error["loc"]]
    if error["type"] == "json_invalid":  # its second step is a position in the text
        steps = steps[:1]
    inner = steps[1:] if steps and steps[0] in _PARTS else steps
    return ".".join(inner) or "body"


def _message(error: Any) -> str:
    context = {name: _chinese(value) for name, value in error.get("ctx", {}).items()}
    kind = error["type"]
    if kind == "model_attributes_type" and len(error["loc"]) > 1:  # a part of a body that was JSON
        kind = "model_type"
    try:
        return MESSAGES.get(kind, _OTHER).format_map(context)
    except KeyError:
        return _OTHER


def _chinese(value: object) -> str:
    return str(value).replace("'", "").replace(", ", "、").replace(" or ", "或")
