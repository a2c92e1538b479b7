"""What imports hold of people does not stay."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from beneficiaries.models import ImportRule, LedgerImport, StagedRow
from beneficiaries.models.ledger_import import LedgerEmptiedError, key_of_ledger
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
from tests.cast import Cast
from tests.unions.refusals import refused
from unions.permissions import Command

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
