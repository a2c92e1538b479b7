"""The steps of the work in a campaign, in order, and whose they are (UX P2)."""

from types import MappingProxyType
from typing import Final

from django.db import models

from unions.permissions import Role


class Step(models.TextChoices):
    LEDGER = "ledger", "台账更新"
    ALLOT = "allot", "资金和物资下拨"
    VISIT_PLAN = "visit_plan", "走访计划"
    VISIT = "visit", "走访登记"
    PAYOUT = "payout", "发放录入"
    REVIEW = "review", "复核"
    SIGN_OFF = "sign_off", "签领表上传"
    REPORT = "report", "上报汇总"


R = Role

#: Step → roles that take it.
WHO: Final = MappingProxyType(
    {
        Step.LEDGER: (R.MAKER, R.DISTRICT_ADMIN),
        Step.ALLOT: (R.FINANCE,),
        Step.VISIT_PLAN: (R.MAKER, R.DISTRICT_ADMIN),
        Step.VISIT: (R.MAKER,),
        Step.PAYOUT: (R.MAKER,),
        Step.REVIEW: (R.CHECKER,),
        Step.SIGN_OFF: (R.MAKER,),
        Step.REPORT: (R.REPORTER, R.MAKER),
    }
)


def who_words(step: str) -> str:
    return "、".join(str(role.label) for role in WHO[Step(step)])
