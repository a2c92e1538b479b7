"""What imports hold of people does not stay."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import ImportRule, LedgerImport, StagedRow
from beneficiaries.models.ledger_import import LedgerEmptiedError, key_of_ledger
from beneficiaries.models.person_key import key_of
from beneficiaries.services import files
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.ledgers import columns, decisions
from beneficiaries.services.ledgers.content import content_of
from beneficiaries.services.ledgers.forgetting import throw_away_old
from beneficiaries.services.ledgers.rules import set_import_rule
from relief.codes.services import codes_folder, load_codes
from tests.audit.attacker import rows
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import outcomes, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.models import Message
from unions.permissions import Command, Role
from unions.services.staff import post_staff

pytestmark = pytest.mark.django_db
ZHANG, LI, WANG = id_number(401), id_number(403), id_number(405)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    load_codes(codes_folder())
    return Path(settings.MEDIA_ROOT)


def kept(media: Path) -> int:
    return sum(path.is_file() for path in media.rglob("*"))


def test_erasing_a_person_reaches_the_rows_and_files_of_imports(
    cast: Cast, media: Path, register: Register, django_capture_on_commit_callbacks: Any
):
    person = register("张三", id_number=ZHANG, phone="13800000001")
    heading = ["姓名", "身份证号", "手机", "家庭成员1姓名", "家庭成员1身份证号"]
    named = staged(
        cast,
        [
            heading,
            ["张三", ZHANG, "", "", ""],
            ["李四", LI, "", "张三", ZHANG],  # as a member
            ["张三", "", "13800000001", "", ""],  # seems to be
            ["王五", WANG, "13800000003", "", ""],
        ],
    )
    other = staged(cast, [heading, ["王五", WANG, "", "", ""]])
    assert kept(media) == 4
    with django_capture_on_commit_callbacks(execute=True):
        erase_beneficiary(by=Command("erase_person"), person=person, reason="本人书面要求")
    assert kept(media) == 2
    assert outcomes(named) == ["skipped", "skipped", "skipped", "new"]
    key = key_of_ledger(named)
    assert [bool(content_of(row, key).values) for row in rows_of(named)] == [False] * 3 + [True]
    named.refresh_from_db()
    assert named.counts["reasons"] == {"已删除个人信息": 3}
    with refused("nobody"):
        decisions.include_row(by=cast.people["ben"], row=rows_of(named)[0], version=named.version)
    with refused("file_gone"):
        columns.choose_header(
            by=cast.people["ben"],
            ledger=named,
            version=named.version,
            sheet="台账",
            header_rows=[1],
        )
    other.refresh_from_db()
    assert (outcomes(other), other.version) == (["new"], 3)
    assert len(rows("SELECT 1 FROM beneficiaries_stagedrow WHERE content IS NULL")) == 3


def test_erasing_asks_other_unions_and_destroys_nothing_of_theirs(
    cast: Cast, media: Path, register: Register, django_capture_on_commit_callbacks: Any
):
    """A made-up person with the number of somebody whom another union keeps in a household."""
    keeper = post_staff(
        by=CAST,
        user=cast.accounts["eve"],
        union=cast.unions["west"],
        role=Role.DISTRICT_ADMIN,
        starts_on=date(2026, 1, 1),
    )
    wes = cast.people["wes"]
    applicant = register("李四", union="west-1", by="wes", id_number=LI)
    file = files.open_file(by=wes, person=applicant, year=2026)
    theirs = files.add_member(by=wes, file=file, name="张三", id_number=ZHANG)
    far = staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]], union="west-1", by="wes", year=2025)
    near = staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]], year=2025)
    made_up = register("随便", union="east-1", by="ben", id_number=ZHANG)
    with django_capture_on_commit_callbacks(execute=True):
        erase_beneficiary(by=cast.people["ann"], person=made_up, reason="本人书面要求")
    theirs.refresh_from_db()
    assert theirs.unseal(key_of(applicant), "name") == "张三"
    assert theirs.id_tail == ZHANG[-4:]
    assert content_of(rows_of(far)[0], key_of_ledger(far)).values["name"] == "张三"
    assert kept(media) == 2  # of the import in the east nothing is left
    assert outcomes(near) == ["skipped"]
    told = Message.objects.filter(staff=keeper).order_by("pk")
    assert [message.url for message in told] == [f"/files/{file.pk}/", f"/ledgers/{far.pk}/"]
    assert not any(
        word in message.text for message in told for word in ("张三", "随便", ZHANG[-4:])
    )
    assert Message.objects.count() == 2
    handed = Event.objects.filter(chain="system", action="hand_over")
    assert {event.object_id for event in handed} == {str(file.pk), str(far.pk)}
    assert {event.actor_id for event in handed} == {cast.people["ann"].user_id}
    (own,) = Event.objects.filter(action="erase", object_id=str(made_up.pk))
    assert own.details == {"erased": 1, "papers": 0, "ledger_rows": 1}


def test_what_nobody_wrote_goes_after_thirty_days(
    cast: Cast, media: Path, django_capture_on_commit_callbacks: Any
):
    old = staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]])
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert throw_away_old() == (0, 0)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        young = staged(cast, [["姓名", "身份证号"], ["李四", LI]])
        with django_capture_on_commit_callbacks(execute=True):
            assert throw_away_old() == (1, 0)
        assert throw_away_old() == (0, 0)
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.status, old.discarded_by, young.status) == ("discarded", None, "staged")
    assert (kept(media), StagedRow.objects.count()) == (2, 1)


def test_contents_of_written_imports_go_after_years_and_counts_stay(
    cast: Cast, media: Path, register: Register, django_capture_on_commit_callbacks: Any
):
    ledger = staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]])
    now = timezone.now()
    StagedRow.objects.filter(ledger=ledger).update(person=register("张三"), written_at=now)
    LedgerImport.objects.filter(pk=ledger.pk).update(
        status="applied", applied_by=cast.people["ben"], applied_at=now
    )
    with time_machine.travel(now + timedelta(days=3 * 365 - 1), tick=False):
        assert throw_away_old() == (0, 0)
    with (
        time_machine.travel(now + timedelta(days=3 * 365 + 1), tick=False),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert throw_away_old() == (0, 1)
    ledger.refresh_from_db()
    assert (ledger.status, ledger.counts["read"], kept(media)) == ("applied", 1, 0)
    (row,) = rows_of(ledger)
    assert (row.content, row.outcome, bool(row.written_at)) == (None, "new", True)
    with pytest.raises(LedgerEmptiedError):
        key_of_ledger(ledger)


def test_who_sets_rules_says_whether_a_reviewer_releases(cast: Cast):
    with pytest.raises(PermissionDenied):
        set_import_rule(by=cast.people["ben"], union=cast.unions["east-1"], needs_release=True)
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=True)
    assert ImportRule.objects.for_union(cast.unions["cell"]).needs_release
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=False)
    assert not ImportRule.objects.for_union(cast.unions["cell"]).needs_release
