"""The access rows of hardship files."""

import uuid
from datetime import date

from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    FilePublicity,
    HardshipFile,
    LivingStandard,
    StandardUpload,
)
from beneficiaries.services.files import add_member, change_file, open_file
from relief.codes.models import Code, CodeList
from tests.access_rows import FORM, POST, Arguments, Row, Scoped
from tests.beneficiaries.access_people import clerk_of, person_of
from tests.beneficiaries.files_at import put
from unions.models import Union


def file_of(union: Union, person: Beneficiary | None = None) -> HardshipFile:
    """A draft of somebody whose every value carries the union's code."""
    clerk = clerk_of(union)
    file = open_file(by=clerk, person=person or person_of(union), year=2026, number=union.code)
    sealed = {name: f"{name} {union.code}" for name in ("health", "hardship", "remark")}
    return change_file(by=clerk, file=file, version=file.version, **sealed)


def a_file(union: Union) -> Arguments:
    return {"pk": file_of(union).pk}


def a_posted_file(union: Union) -> Arguments:
    return {"pk": _posted(union).pk}


def an_active_file(union: Union) -> Arguments:
    """In force, as looking at it again and renewing it want it."""
    file = file_of(union)
    return {"pk": put(file, Status.ACTIVE).pk}


def a_notice(union: Union) -> Arguments:
    return {"pk": _posted(union).pk, "kind": "inside"}


def a_step(union: Union) -> Arguments:
    return {"pk": _posted(union).pk, "step": "return"}


def a_member(union: Union) -> Arguments:
    file = file_of(union)
    member = add_member(by=clerk_of(union), file=file, name=f"家人{union.code}")
    return {"pk": member.pk}


def a_person(union: Union) -> Arguments:
    return {"pk": person_of(union).pk}


def a_union(union: Union) -> Arguments:
    return {"code": union.code}


def a_standard() -> LivingStandard:
    CodeList.objects.get_or_create(key="region", defaults={"name": "行政区划"})
    region, _ = Code.objects.get_or_create(
        key="region:110000", defaults={"list_id": "region", "code": "110000", "name": "北京市"}
    )
    return LivingStandard.objects.get_or_create(
        region=region, kind="urban", starts_on=date(2026, 1, 1), defaults={"amount": 1450}
    )[0]


def a_standard_upload(union: Union) -> Arguments:
    rows = [[2, {"region": "没有", "kind": "", "starts_on": "", "amount": "", "document": ""}]]
    upload = StandardUpload.objects.create(
        uploaded_by=clerk_of(union), file_name=f"标准{union.code}.xlsx", sha256="0" * 64, rows=rows
    )
    return {"pk": upload.pk}


def _posted(union: Union) -> HardshipFile:
    """In publicity until far away."""
    file = file_of(union)
    files = HardshipFile.objects.filter(pk=file.pk)
    files.update(status=Status.APPLIED)
    files.update(status=Status.PUBLICITY)
    FilePublicity.objects.create(
        file=file,
        follows=Status.APPLIED,
        place=f"公示栏{union.code}",
        starts_on=date(2026, 1, 5),
        ends_on=date(2099, 1, 12),
        working_days=5,
    )
    return file


NOWHERE = uuid.UUID(int=1)
FILE = Scoped("beneficiaries.HardshipFile", a_file, {"pk": NOWHERE})
ACTIVE = Scoped("beneficiaries.HardshipFile", an_active_file, {"pk": NOWHERE})
NOTICE = Scoped("beneficiaries.HardshipFile", a_notice, {"pk": NOWHERE, "kind": "inside"})
STEP = Scoped("beneficiaries.HardshipFile", a_step, {"pk": NOWHERE, "step": "return"})
MEMBER = Scoped("beneficiaries.HouseholdMember", a_member, {"pk": NOWHERE})
PERSON = Scoped("beneficiaries.Beneficiary", a_person, {"pk": NOWHERE})
UNION = Scoped("unions.Union", a_union, {"code": "NOSUCH"})

STANDARDS = Scoped("beneficiaries.StandardUpload", a_standard_upload, {"pk": 2**40})

ROWS: dict[str, Row] = {
    "file-list": Row(),
    "file-export": Row(POST),
    "file-detail": Row(target=FILE),
    "file-create": Row(FORM, PERSON),
    "file-change": Row(FORM, FILE),
    "file-open": Row(POST, FILE),
    "file-reveal": Row(POST, FILE),
    "member-create": Row(FORM, FILE),
    "member-change": Row(FORM, MEMBER),
    "member-remove": Row(FORM, MEMBER),
    "file-income": Row(FORM, FILE),
    "file-exclusions": Row(FORM, FILE),
    "file-submit": Row(FORM, FILE),
    "file-withdraw": Row(FORM, FILE),
    "file-look": Row(FORM, ACTIVE),
    "file-renew": Row(FORM, ACTIVE),
    "file-step": Row(FORM, STEP),
    "file-print": Row(target=FILE),
    "file-print-full": Row(POST, FILE),
    "file-notice": Row(target=NOTICE),
    "file-notices": Row(FORM),
    "file-post-together": Row(POST),
    "spot-check-draw": Row(FORM),
    "publicity-rule-list": Row(),
    "publicity-rule-change": Row(FORM, UNION),
    "standard-list": Row(),
    "standard-create": Row(FORM),
    "standard-template": Row(),
    "standard-import": Row(FORM),
    "standard-import-preview": Row(target=STANDARDS),
    "standard-import-apply": Row(POST, STANDARDS),
    # the table is empty: nothing to change
    "standard-change": Row(
        FORM, arguments={"pk": 2**40}, answers={"GET": 404, "HEAD": 404, "POST": 404}
    ),
}
