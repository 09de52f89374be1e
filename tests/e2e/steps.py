"""The way of the user guide as a list of steps over one journey."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tests.e2e import steps_bureau, steps_public, steps_unit
from tests.e2e.checking import StepFailed
from tests.e2e.client import Refused
from tests.e2e.journey import Journey

Step = tuple[str, Callable[[Journey], str]]

STEPS: tuple[Step, ...] = (
    ("使用单位登录", steps_unit.sign_in),
    ("填写单位基本信息", steps_unit.basic_data),
    ("新建申请批次", steps_unit.open_application),
    ("下载模板", steps_unit.download_template),
    ("导入气瓶信息", steps_unit.first_import),
    ("改正错误数据后再次导入", steps_unit.second_import),
    ("缺少照片，提交被退回", steps_unit.refused_submission),
    ("上传钢印及监检证书照片", steps_unit.photos),
    ("照片处理完毕", steps_unit.photos_ready),
    ("提交使用登记表", steps_unit.submit),
    ("待办事项", steps_bureau.todo),
    ("审核附件", steps_bureau.review),
    ("受理", steps_bureau.accept),
    ("审核", steps_bureau.examine),
    ("审批", steps_bureau.approve),
    ("证书生成", steps_bureau.issue),
    ("下载证书并验证签名", steps_public.download),
    ("下载汇总表", steps_public.annex),
    ("扫码核验", steps_public.verification),
    ("上传PDF核验", steps_public.pdf_check),
    ("外省系统gRPC查询", steps_public.by_grpc),
    ("使用登记进度", steps_unit.progress),
)

Around = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Done:
    """A step that gave what it must, what it came to, and how long it took."""

    name: str
    result: str
    seconds: float


def undisturbed(_: str) -> AbstractContextManager[object]:
    """Nothing happens around a step."""
    return nullcontext()


def walk(journey: Journey, around: Around = undisturbed) -> Iterator[Done]:
    """Takes one step after the other; ``around(name)`` is entered for each. StepFailed names the step."""
    for name, step in STEPS:
        began = time.monotonic()
        try:
            with around(name):
                result = step(journey)
        except (StepFailed, Refused) as fault:
            raise StepFailed(f"{name}: {fault}") from fault
        yield Done(name, result, time.monotonic() - began)
