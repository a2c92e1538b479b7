from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Attachment, Beneficiary
from beneficiaries.models.person_key import PersonErasedError, key_of
from beneficiaries.services import files, papers, workplaces
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.same_person import merge_beneficiaries
from relief.lib.crypto.sealing import SealError
from tests.beneficiaries.conftest import Coded, Register
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.object_history import event_model

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0 a household at its table \xff\xd9"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_kind="", id_number="")


@pytest.fixture
def paper(cast: Cast, person: Beneficiary, coded: Coded) -> Attachment:
    kind = coded("evidence:入户照片")
    return papers.add_attachment(
        by=cast.people["ben"], person=person, kind=kind, name="王桂兰家.jpg", content=JPEG
    )


def look(cast: Cast, paper: Attachment, by: str = "kay") -> tuple[str, bytes]:
    return papers.open_attachment(by=cast.people[by], attachment=paper)


def test_a_paper_comes_back_and_nothing_of_it_is_on_the_disk(
    cast: Cast, paper: Attachment, media: Path
):
    assert look(cast, paper) == ("王桂兰家.jpg", JPEG)
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id) == ("reveal", str(paper.pk))
    (stored,) = [path for path in media.rglob("*") if path.is_file()]
    assert b"household" not in stored.read_bytes()
    assert "王桂兰" not in str(stored)
    assert stored.name == paper.pk.hex
    assert "file_key" not in {field.name for field in event_model(Attachment)._meta.fields}


def test_a_changed_or_exchanged_file_does_not_open(
    cast: Cast, person: Beneficiary, paper: Attachment, coded: Coded
):
    other = papers.add_attachment(
        by=cast.people["ben"],
        person=person,
        kind=coded("evidence:身份证"),
        name="证.pdf",
        content=b"%PDF-1.7 scan",
    )
    papers.path_of(paper).write_bytes(papers.path_of(other).read_bytes())
    with pytest.raises(SealError):
        look(cast, paper)
    assert look(cast, other)[1] == b"%PDF-1.7 scan"


def test_papers_need_the_right_and_the_reach(cast: Cast, paper: Attachment):
    for who in ("leo", "roy", "eli", "cai", "sam"):
        with pytest.raises(PermissionDenied):
            look(cast, paper, by=who)
    assert Attachment.objects.visible_to(cast.people["ann"]).get() == paper
    assert not Attachment.objects.visible_to(cast.people["cai"]).exists()


def test_only_photos_and_pdfs_of_the_persons_own_files_are_kept(
    cast: Cast, person: Beneficiary, register: Register, coded: Coded
):
    ben = cast.people["ben"]
    other = files.open_file(by=ben, person=register("赵六"), year=2026)
    act: dict[str, Any] = {
        "by": ben,
        "person": person,
        "kind": coded("evidence:身份证"),
        "name": "a",
    }
    with refused("type_unknown"):
        papers.add_attachment(**act, content=b"<svg onload=alert(1)>")
    with refused("other_person"):
        papers.add_attachment(**act, content=JPEG, file=other)


def test_removing_takes_the_key_and_the_file(cast: Cast, paper: Attachment):
    with TestCase.captureOnCommitCallbacks(execute=True):
        papers.remove_attachment(by=cast.people["ben"], attachment=paper, reason="传错了")
    assert not papers.path_of(paper).exists()
    assert not Attachment.objects.of_person(paper.person).exists()
    with refused("removed"):
        look(cast, paper)
    with refused("removed"):
        papers.remove_attachment(by=cast.people["ben"], attachment=paper, reason="再删")


def test_a_removal_that_is_rolled_back_removes_nothing(cast: Cast, paper: Attachment):
    with TestCase.captureOnCommitCallbacks(execute=True), transaction.atomic():
        papers.remove_attachment(by=cast.people["ben"], attachment=paper, reason="传错了")
        transaction.set_rollback(True)
    assert look(cast, paper)[1] == JPEG


def test_papers_follow_a_merge_and_end_with_the_person(
    cast: Cast, person: Beneficiary, paper: Attachment, register: Register
):
    into = register("王桂兰")
    merge_beneficiaries(by=cast.people["ben"], person=person, into=into, reason="同一人")
    paper.refresh_from_db()
    assert paper.person == into
    assert look(cast, paper)[1] == JPEG
    erase_beneficiary(by=CAST, person=into, reason="本人要求")
    with refused("removed"):
        look(cast, paper)
    with pytest.raises(PersonErasedError):
        key_of(into)


def test_a_consent_stands_until_it_is_withdrawn(
    cast: Cast, person: Beneficiary, paper: Attachment, register: Register
):
    ben = cast.people["ben"]
    act: dict[str, Any] = {"by": ben, "person": person, "kind": "sensitive", "wording": "2026-1"}
    with refused("future"):
        papers.record_consent(**act, given_on=timezone.localdate() + timedelta(1))
    with refused("other_person"):
        papers.record_consent(**act | {"person": register("赵六")}, paper=paper)
    consent = papers.record_consent(**act, paper=paper, signer="guardian")
    with pytest.raises(Exception, match="已经签过"):
        papers.record_consent(**act)
    with pytest.raises(PermissionDenied):
        papers.withdraw_consent(by=cast.people["eli"], consent=consent, reason="来电")
    papers.withdraw_consent(by=ben, consent=consent, reason="本人来电")
    with refused("withdrawn"):
        papers.withdraw_consent(by=ben, consent=consent, reason="本人来电")
    papers.record_consent(**act)


def test_workplaces_are_kept_by_their_union(cast: Cast):
    ben = cast.people["ben"]
    act: dict[str, Any] = {"by": ben, "union": cast.unions["east-1"], "name": "东一印刷厂"}
    with refused("credit_code_invalid"):
        workplaces.create_workplace(**act, credit_code="911101010000000000")
    place = workplaces.create_workplace(**act, credit_code="91110000600037341l")
    assert place.credit_code == "91110000600037341L"
    with pytest.raises(Exception, match="同名单位"):
        workplaces.create_workplace(**act)
    with pytest.raises(PermissionDenied):
        workplaces.change_workplace(by=cast.people["eli"], workplace=place, version=1, name="别名")
    changed = workplaces.change_workplace(by=ben, workplace=place, version=1, name="东一印务公司")
    with refused("stale"):
        workplaces.change_workplace(by=ben, workplace=place, version=1, name="又一个名")
    found = type(place).objects.visible_to(cast.people["ann"]).open().matching("dyyw")
    assert list(found) == [changed]
    workplaces.close_workplace(by=ben, workplace=changed, reason="已搬走")
    with refused("closed"):
        workplaces.close_workplace(by=ben, workplace=changed, reason="已搬走")
    workplaces.create_workplace(**act | {"name": "东一印务公司"})
