"""Hardship files of the demo, brought to where they stand by the steps that lead there."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from beneficiaries.models import Beneficiary, FileExclusion, HardshipFile
from beneficiaries.services import file_reviews, file_steps, files
from relief.codes.models import Code
from reports.demo_acting import Demo
from unions.permissions import Role

_COMMON: Final = {
    "file_standard": ("file_standard", "区县级"),
    "file_kind": ("file_kind", "增量"),
    "family_kind": ("family_kind", "城镇困难职工"),
    "ethnicity": ("ethnicity", "汉族"),
    "political_status": ("political_status", "群众"),
    "work_status": ("work_status", "在岗"),
    "model_worker": ("model_worker", "非劳模"),
    "housing": ("housing", "承租单位公房"),
    "industry": ("industry", "居民服务、修理和其他服务业"),
    "marriage": ("marriage", "已婚"),
    "household_registration": ("household_registration", "居民户口"),
    "medical_insurance": ("medical_insurance", "职工医保"),
}
#: State of the plan → the steps that lead there. 变更 is what a clerk changes afterwards.
_WAYS: Final = {
    "draft": (),
    "applied": ("submit",),
    "publicity": ("submit", "first"),
    "returned": ("submit", "return"),
    "rejected": ("submit", "reject"),
    "review": ("submit", "first"),
    "comparison": ("submit", "first", "review"),
    "approval": ("submit", "first", "review", "compare"),
    "active": ("submit", "first", "review", "compare", "approve"),
    "changing": ("submit", "first", "review", "compare", "approve", "change"),
    "relieved": ("submit", "first", "review", "compare", "approve", "relieve"),
    "closed": ("submit", "first", "review", "compare", "approve", "close"),
}


def file_of(demo: Demo, person: Beneficiary, plan: dict[str, Any]) -> HardshipFile:
    """The file of this year with its household and income, at the state that the plan says."""
    maker = demo.staff(person.union.code, Role.MAKER)
    year = timezone.localdate().year
    file = demo.act(files.open_file, by=maker, person=person, year=year)
    for name, relationship, born, sex, identity, income in plan["members"]:
        demo.act(
            files.add_member,
            by=maker,
            file=file,
            name=name,
            relationship=demo.code("relationship", relationship),
            id_number=demo.id_number(date.fromisoformat(born), sex),
            identity=demo.code("member_identity", identity),
            monthly_income=Decimal(income),
        )
    _answer(demo, file, plan)
    for step in _WAYS[plan["state"]]:
        _STEPS[step](demo, file, plan)
    return file


def _answer(demo: Demo, file: HardshipFile, plan: dict[str, Any]) -> None:
    """The form; a draft is not filled in to the end."""
    maker = demo.staff(file.union.code, Role.MAKER)
    answers: dict[str, Any] = {name: demo.code(*key) for name, key in _COMMON.items()}
    answers |= {
        "region": Code.objects.get(pk=f"region:{file.union.region_code[:6]}"),
        "main_cause": demo.code("hardship_cause", plan["cause"]),
        "working_since": date(1998, 7, 1),
        "workplace": file.person.workplace,
        "own_monthly_income": Decimal(plan["own"]),
        "other_yearly_income": Decimal(0),
        "yearly_income": Decimal(plan["yearly"]),
        "rigid_spending": Decimal(plan["rigid"]),
        "household_size": len(plan["members"]) + 1,
        "health": plan["health"],
        "disability": plan.get("disability", ""),
        "hardship": f"{plan['cause']}，家庭支出大。（演示）",
    }
    if plan["state"] == "draft":
        del answers["rigid_spending"], answers["working_since"]
        demo.act(files.change_file, by=maker, file=file, version=_version(file), **answers)
        return
    demo.act(files.change_file, by=maker, file=file, version=_version(file), **answers)
    decided: dict[str, Any] = {}
    if "class" in plan:
        decided["decided_class"] = demo.code("hardship_class", plan["class"])
        decided["override_reason"] = "本人申报，待核对。"
    calculation = demo.act(file_reviews.calculate_income, by=maker, file=file, **decided)
    demo.act(
        files.change_file,
        by=maker,
        file=file,
        version=_version(file),
        hardship_class=calculation.decided_class,
    )
    for kind in (FileExclusion.Kind.HOUSES, FileExclusion.Kind.VEHICLE):
        demo.act(
            file_reviews.record_exclusion,
            by=maker,
            file=file,
            kind=kind,
            is_found=False,
            evidence="本人授权后核对，未发现",
        )


def _version(file: HardshipFile) -> int:
    return HardshipFile.objects.get(pk=file.pk).version


def _checked(service: Callable[..., Any], **given: Any) -> Callable[..., None]:
    """A step of the street's checker."""

    def step(demo: Demo, file: HardshipFile, plan: dict[str, Any]) -> None:
        reason = {"reason": plan["reason"]} if service in _WITH_REASON else {}
        checker = demo.staff(file.union.code, Role.CHECKER)
        demo.act(service, by=checker, file=file, **given, **reason)

    return step


def _decided(service: Callable[..., Any]) -> Callable[..., None]:
    """A step of the district's checker."""

    def step(demo: Demo, file: HardshipFile, plan: dict[str, Any]) -> None:
        checker = demo.staff(demo.plan["district"], Role.CHECKER)
        demo.act(service, by=checker, file=file)

    return step


def _submit(demo: Demo, file: HardshipFile, plan: dict[str, Any]) -> None:
    maker = demo.staff(file.union.code, Role.MAKER)
    demo.act(file_steps.submit_file, by=maker, file=file)


def _change(demo: Demo, file: HardshipFile, plan: dict[str, Any]) -> None:
    """变更: the household spends more than when it was approved."""
    maker = demo.staff(file.union.code, Role.MAKER)
    demo.act(
        files.change_file,
        by=maker,
        file=file,
        version=_version(file),
        change_reason="今年住院两次，刚性支出增加",
        rigid_spending=Decimal(plan["rigid"]) + 4000,
    )


_WITH_REASON: Final = (file_steps.return_file, file_steps.reject_file, file_steps.exit_file)
_STEPS: Final[dict[str, Callable[..., None]]] = {
    "submit": _submit,
    "first": _checked(file_steps.pass_first_review, place="街道办事处一层公示栏"),
    "review": _checked(file_steps.pass_review),
    "compare": _decided(file_steps.pass_comparison),
    "approve": _decided(file_steps.approve_file),
    "change": _change,
    "return": _checked(file_steps.return_file),
    "reject": _checked(file_steps.reject_file),
    "relieve": _checked(file_steps.exit_file, exit_reason=HardshipFile.Exit.RELIEVED),
    "close": _checked(file_steps.exit_file, exit_reason=HardshipFile.Exit.MOVED),
}
