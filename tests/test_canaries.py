"""A value that exists in one union only is never read outside its scope: SECURITY §6 row 2.

Every union and everybody in it carries names, codes, numbers and traces that are found nowhere
else. Then everybody reads every page there is, good and refused, and every file.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import reverse

from audit.models import Event
from relief.jobs.models import Job
from tests import access_cases as matrix
from tests.access_cases import LeanClient
from tests.access_rows import Arguments, Owned, Scoped
from tests.access_table import TABLE
from tests.cast import CAST, PEOPLE, UNIONS, Cast
from unions.models import SavedFilter, UnionUpload, User
from unions.permissions import CAPABILITIES, Capability, Role
from unions.services.messages import notify
from unions.services.staff import post_staff
from unions.services.trail import record

#: Who reads what a colleague of the same union reads, too, need not read it again; the leader sees
#: masks, so his pages are others.
COVERED = {"ada"}
READERS = [*(name for name in matrix.AT_EAST if name not in COVERED), "ben", "dan", "cai", "zoe"]
#: What an export has to be told, so that the workbook is read and no redirect.
ALL_ROWS = (
    "scope=all&layout=list&numbers=masked",
    "application/x-www-form-urlencoded",
)
#: Above, inside and beside what the ten of East may see; and somebody of each, eli of two.
LOOKED_AT = ("city", "east-1", "west-1")
SEEN_PEOPLE = ("zoe", "eli", "ben", "wes")
#: Of East-2, and since a while of West-1 too.
IN_TWO_PLACES = "eli"
GENEROUS = dict.fromkeys(("search", "export", "upload", "reveal", "paper"), (10000, 60))


@pytest.fixture(scope="module")
def cast(standing_cast: Cast) -> Iterator[Cast]:
    logging.disable()  # the logs are searched in tests/logs
    with override_settings(RATE_LIMITS=GENEROUS), transaction.atomic():
        _leave_traces(standing_cast)
        yield standing_cast
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


def _leave_traces(cast: Cast) -> None:
    """A phone, an event, a message, a job, a filter and an upload of everybody's own."""
    for number, (name, staff) in enumerate(cast.people.items()):
        user = staff.user
        User.objects.filter(pk=user.pk).update(phone=_phone(number))
        record(staff, Event.Action.EXPORT, staff, reason=f"理由{_mark(name)}")
        notify(by=CAST, to=user, kind="news", text=f"消息{_mark(name)}")
        Job.objects.create(kind="export", title=f"任务{_mark(name)}", owner_id=user.pk)
        SavedFilter.objects.create(user=user, table="staff", name=_mark(name), query="role=maker")
        UnionUpload.objects.create(
            uploaded_by=staff,
            file_name=f"{_mark(name)}.csv",
            sha256="0" * 64,
            headings=["编码"],
            rows=[[2, [_mark(name)]]],
            outcomes=[{"state": "new", "problems": []}],
        )
    # One person of East-2 also works in West-1: neither side learns of the other posting.
    post_staff(
        by=CAST,
        user=cast.people[IN_TWO_PLACES].user,
        union=cast.unions["west-1"],
        role=Role.REPORTER,
    )


def _phone(number: int) -> str:
    return f"010-{71_000_003 + number * 1_117}"


def _name_and_phone(name: str) -> set[str]:
    return {PEOPLE[name][0], _phone(list(PEOPLE).index(name))}


def _mark(name: str) -> str:
    return f"canary.{name}"


def canaries() -> dict[str, set[str]]:
    """Name of a union → everything that is only there."""
    found: dict[str, set[str]] = {
        union: {code, full_name} for union, (code, full_name, _, _) in UNIONS.items()
    }
    for number, (name, (full_name, _, union)) in enumerate(PEOPLE.items()):
        found[union] |= {full_name, _phone(number), _mark(name)}
    return found


def forbidden_to(name: str) -> set[str]:
    """Codes of the unions above are no secret: they are the beginning of one's own path."""
    own = PEOPLE[name][2]
    above = {code for union, (code, *_) in UNIONS.items() if matrix.is_below(own, union)}
    values = canaries()
    outside = [values[union] for union in UNIONS if not matrix.is_below(union, own)]
    known = _name_and_phone(IN_TWO_PLACES) if matrix.is_below("west-1", own) else set()
    return set().union(*outside) - above - known


def leaks(text: str, forbidden: set[str]) -> set[str]:
    """Codes count as whole words: a child's code begins with its parent's."""
    return {
        canary
        for canary in forbidden
        if canary in text
        and re.search(rf"(?<![0-9A-Za-z]){re.escape(canary)}(?![0-9A-Za-z])", text)
    }


def words_of(response: HttpResponseBase) -> str:
    """Everything a person could read out of the answer: also comments, also inside a workbook."""
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            content = b"\n".join(workbook.read(part) for part in workbook.namelist())
    headers = " ".join(f"{name}: {value}" for name, value in response.items())
    return headers + content.decode("utf-8", "replace")


def addresses(cast: Cast, reader: str) -> Iterator[tuple[str, str]]:
    """(method, address) of every page and file, for objects inside and outside the scope."""
    for name, row in TABLE.items():
        if "GET" in row.methods:
            for arguments in _arguments(cast, name, reader):
                yield "GET", reverse(name, kwargs=arguments)
    for name in TABLE:
        if name.endswith("-export"):
            yield "POST", reverse(name)
    for union in LOOKED_AT:
        code, full_name, _, _ = UNIONS[union]
        yield "GET", f"{reverse('union-detail', args=[code])}no-such-page-below/"
        yield "GET", f"{reverse('union-create')}?parent={code}"
        for name in ("search", "union-search", "union-list", "staff-list"):
            yield "GET", f"{reverse(name)}?q={full_name[:2]}"
    yield "GET", f"{reverse('log-list')}?person=%E8%94%A1"
    yield "GET", "/no/such/page/"


def _arguments(cast: Cast, name: str, reader: str) -> Iterator[Arguments]:
    target = TABLE[name].target
    if isinstance(target, Owned):
        yield target.make(cast.accounts[reader])
        yield target.make(cast.accounts["wes" if reader != "wes" else "ben"])
    elif not isinstance(target, Scoped):
        yield TABLE[name].arguments
    elif target.label == "unions.Staff":
        yield from (target.absent | {"pk": cast.people[person].pk} for person in SEEN_PEOPLE)
    elif target.label == "unions.UnionUpload":
        uploads = UnionUpload.objects.filter(uploaded_by__user__username__in=SEEN_PEOPLE)
        yield from ({"pk": upload.pk} for upload in uploads.order_by("pk"))
    else:
        yield from (target.make(cast.unions[union]) for union in LOOKED_AT)


def test_who_is_left_out_is_covered() -> None:
    held = CAPABILITIES[PEOPLE["ann"][1]]
    assert {name for name in COVERED if not CAPABILITIES[PEOPLE[name][1]] <= held} == set()


@pytest.mark.parametrize("reader", READERS)
def test_nothing_of_another_scope_is_read(cast: Cast, reader: str) -> None:
    client: Client = LeanClient()
    cast.sign_in(client, reader)
    forbidden = forbidden_to(reader)
    found = {}
    pages = books = 0
    for method, address in addresses(cast, reader):
        with transaction.atomic():
            response = client.generic(method, address, *ALL_ROWS, HTTP_HX_REQUEST="")
            text = words_of(response)
            transaction.set_rollback(True)
        pages += 1
        books += "spreadsheet" in response.headers.get("Content-Type", "")
        assert response.status_code < 500, address
        # What a person typed is on the page again; it is not news to them.
        typed = {canary for canary in forbidden if canary in address}
        if told := leaks(text, forbidden) - typed:
            found[f"{method} {address} {response.status_code}"] = told
    assert pages > 70
    assert books or Capability.EXPORT not in CAPABILITIES[PEOPLE[reader][1]]
    assert found == {}


def test_the_canaries_are_where_they_belong(cast: Cast) -> None:
    """The search itself finds what is there: the whole city is read from the city."""
    client: Client = LeanClient()
    cast.sign_in(client, "zoe")
    with transaction.atomic():
        text = "".join(
            words_of(client.get(reverse(name)))
            for name in ("union-list", "staff-list", "message-list")
        )
        # Or what others make later in this transaction would be told as hers.
        transaction.set_rollback(True)
    for _, full_name, _, _ in UNIONS.values():
        assert full_name in text
    assert _mark("zoe") in text
    told = leaks(text, forbidden_to("ben"))
    assert told >= {"北方市总工会", "西片区总工会", "蔡西", _mark("zoe")}
