"""What the policies at the views do not say: the methods of a view, and how its object is made.

One row per URL name outside the Django admin; tests/test_access.py refuses a URL without a row.
"""

import itertools
import uuid
from typing import Any

from relief.jobs.models import Job
from tests.access_rows import FORM, GET, POST, Arguments, Owned, Row, Scoped
from tests.beneficiaries import access_files, access_ledgers, access_people, access_same_person
from tests.cast import PEOPLE, Cast
from unions.models import AccountRequest, SavedFilter, Staff, Union, UnionUpload, User
from unions.permissions import CAPABILITIES, Capability

_numbers = itertools.count(1)


def whoever_sees_staff(case: Any) -> int:
    """EXPORT is the policy of the view; the list asks for more. Who ticked nothing is led back."""
    return 302 if Capability.VIEW_STAFF in CAPABILITIES[PEOPLE[case.caller][1]] else 403


def a_union(union: Union) -> Arguments:
    return {"code": union.code}


def a_posting(union: Union) -> Arguments:
    """Of somebody nobody of the cast is, so that no rule about oneself gets in the way."""
    return {"pk": _posting(union).pk}


def a_person(union: Union) -> Arguments:
    return a_posting(union) | {"kind": "factor"}


def a_request(union: Union) -> Arguments:
    posting = _posting(union)
    asking = User.objects.create(username=f"asking{next(_numbers)}", full_name="申请人")
    AccountRequest.objects.create(
        kind="factor", user=posting.user, reason="手机丢了", requested_by=asking
    )
    return {"pk": posting.pk, "kind": "factor"}


def an_upload(union: Union) -> Arguments:
    upload = UnionUpload.objects.create(
        uploaded_by=_posting(union),
        file_name="机构.csv",
        sha256="0" * 64,
        headings=["编码", "名称", "类型", "上级编码"],
        rows=[[2, [f"X{next(_numbers)}", "新工会", "没有这种", "NOSUCH"]]],
        outcomes=[{"state": "bad", "problems": ["没有这种类型。"]}],
    )
    return {"pk": upload.pk}


def a_history(union: Union) -> Arguments:
    return {"label": "unions.Union", "pk": str(union.pk)}


def a_job(user: User) -> Arguments:
    job = Job.objects.create(
        kind="export", title="导出机构名单", owner_id=user.pk, status=Job.Status.INTERRUPTED
    )
    return {"pk": job.pk}


def a_filter(user: User) -> Arguments:
    saved = SavedFilter.objects.create(
        user=user, table="staff", name=f"筛选{next(_numbers)}", query="role=maker"
    )
    return {"pk": saved.pk}


def _posting(union: Union) -> Staff:
    number = next(_numbers)
    user = User.objects.create(username=f"somebody{number}", full_name=f"某某{number}")
    return Staff.objects.create(user=user, union=union, role="maker")


UNION = Scoped("unions.Union", a_union, {"code": "NOSUCH"})
POSTING = Scoped("unions.Staff", a_posting, {"pk": 2**40})
UPLOAD = Scoped("unions.UnionUpload", an_upload, {"pk": 2**40})
PERSON = Scoped("unions.Staff", a_person, {"pk": 2**40, "kind": "factor"})
REQUEST = Scoped("unions.Staff", a_request, {"pk": 2**40, "kind": "factor"})
#: The address names any kind of object, so the policy can name none.
HISTORY = Scoped("", a_history, {"label": "unions.Union", "pk": str(2**40)})
JOB = Owned(a_job, {"pk": uuid.UUID(int=1)})
FILTER = Owned(a_filter, {"pk": 2**40})

TABLE: dict[str, Row] = {
    "home": Row(),
    "search": Row(),
    "help": Row(),
    "login": Row(FORM | {"HEAD"}),
    "logout": Row(POST),
    "activation": Row(FORM),
    "second-factor": Row(FORM),
    "identity-confirm": Row(FORM),
    "account": Row(),
    "password-change": Row(FORM),
    "second-factor-setup": Row(FORM),
    "recovery-codes": Row(),
    "recovery-codes-renew": Row(POST),
    "session-end": Row(POST),
    "posting-switch": Row(POST, answers={"POST": 404}),  # an empty body names no posting
    "message-list": Row(),
    "message-read": Row(POST),
    "union-list": Row(),
    "union-create": Row(FORM),
    "union-search": Row(),
    "union-export": Row(POST),
    "union-template": Row(),
    "union-import": Row(FORM),
    "union-import-preview": Row(target=UPLOAD),
    "union-import-apply": Row(POST, UPLOAD),
    "union-detail": Row(target=UNION),
    "union-change": Row(FORM, UNION),
    "union-move": Row(FORM, UNION),
    "union-close": Row(FORM, UNION),
    "union-merge": Row(FORM, UNION),
    "staff-list": Row(),
    "staff-export": Row(POST, answers={"POST": whoever_sees_staff}),
    "staff-create": Row(FORM),
    "staff-post": Row(FORM),
    "account-create": Row(FORM),
    "account-list": Row(),
    "account-detail": Row(answers={"GET": 404, "HEAD": 404}),  # an empty query names no account
    "account-code": Row(POST, answers={"POST": 404}),
    "staff-detail": Row(target=POSTING),
    "staff-end": Row(FORM, POSTING),
    "staff-hand-over": Row(FORM, POSTING),
    "activation-issue": Row(POST, POSTING),
    "account-disable": Row(FORM, POSTING),
    "account-enable": Row(FORM, POSTING),
    "account-sessions-end": Row(FORM, POSTING),
    "account-request": Row(FORM, PERSON),
    "account-request-decide": Row(POST, REQUEST),
    "activation-slip": Row(),
    "log-list": Row(),
    "log-export": Row(POST),
    "log-object": Row(target=HISTORY),
    "table-columns": Row(POST, arguments={"name": "staff"}),
    "filter-save": Row(POST, arguments={"name": "staff"}),
    "filter-delete": Row(POST, FILTER),
    "job-list": Row(),
    "job-progress": Row(target=JOB),
    "job-restart": Row(POST, JOB),
    "job-download": Row(target=JOB, answers={"GET": 404, "HEAD": 404}),  # it made no file
    "healthz": Row(),
    "readyz": Row(),
    "csp-report": Row(POST, answers={"POST": 400}),  # an empty body is no report
    "components": Row(GET),
    "components-search": Row(GET),
    "components-progress": Row(GET),
    **access_people.ROWS,
    **access_files.ROWS,
    **access_ledgers.ROWS,
    **access_same_person.ROWS,
}


def targets_for(cast: Cast, target: Scoped) -> dict[str, Arguments]:
    """Place → arguments: an object in every place of the tree, and one that is nowhere."""
    made = {place: target.make(cast.unions[place]) for place in PLACES}
    return made | {"absent": target.absent}


#: own, child, parent, sibling and foreign, as the ten of East see it.
PLACES = ("east", "east-1", "city", "west", "west-1")
