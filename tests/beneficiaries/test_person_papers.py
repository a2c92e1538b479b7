"""Papers, consents, categories, printing and erasing, through the pages."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from audit.models import Event
from beneficiaries.models import Attachment, Beneficiary, CategoryMembership, Consent, PastAid
from beneficiaries.services import files, papers
from beneficiaries.services.keys import erase_beneficiary
from reports.nightly import sweep_papers
from tests.beneficiaries.conftest import Coded, Register
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj << /S /JavaScript >> endobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22))


def photo(name: str = "家 门口.png", **saving: Any) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, **{"format": "PNG"} | saving)
    return SimpleUploadedFile(name, written.getvalue())


def page_of(person: Beneficiary) -> str:
    return reverse("person-detail", args=[person.pk])


def words(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def upload(client: Client, person: Beneficiary, kind: Any, *uploads: Any) -> Any:
    posted = {"kind": kind.pk, "uploads": list(uploads)}
    return client.post(reverse("attachment-add", args=[person.pk]), posted)


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_photos_and_pdfs_are_kept_and_handed_out(
    client: Client, cast: Cast, person: Beneficiary, coded: Coded, media: Path
):
    cast.sign_in(client, "ben")
    kind = coded("evidence:身份证")
    pdf = SimpleUploadedFile("扫描件.PDF", PDF)
    assert upload(client, person, kind, photo(), pdf).status_code == 302
    told = words(client.get(page_of(person)))
    assert "家 门口.jpg" in told
    assert "扫描件.pdf" in told
    answers = {}
    for paper in Attachment.objects.all():
        answer = client.get(reverse("attachment-download", args=[paper.pk]))
        answers[paper.content_type] = answer
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
    assert answers["image/jpeg"].content.startswith(b"\xff\xd8\xff")
    assert answers["image/jpeg"]["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert answers["application/pdf"].content == PDF
    assert answers["application/pdf"]["Content-Disposition"].startswith("attachment;")
    looks = Event.objects.filter(action="reveal", object_type="beneficiaries.Attachment")
    assert looks.count() == 2
    for path in stored(media):
        assert b"JavaScript" not in path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("图.svg", b"<svg onload='alert(1)'/>", "只收 JPEG"),
        ("照片.heic", b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC"),
        ("坏.jpg", b"\xff\xd8\xff\xe0 nothing", "照片已损坏"),
        ("半.pdf", b"%PDF-1.7 half", "PDF 不完整"),
        ("空.jpg", b"", "空的"),
        ("看不见\u202egpj.exe", b"MZ", "只收 JPEG"),
    ],
)
def test_what_is_not_kept_is_named_and_explained(
    client: Client,
    cast: Cast,
    person: Beneficiary,
    coded: Coded,
    media: Path,
    name: str,
    content: bytes,
    said: str,
):
    cast.sign_in(client, "ben")
    kind = coded("evidence:身份证")
    bad = SimpleUploadedFile(name, content)
    told = words(upload(client, person, kind, photo(), bad))
    assert said in told
    assert "\u202e" not in told
    assert f'value="{kind.pk}" selected' in told
    assert not Attachment.objects.exists()
    assert stored(media) == []


def test_no_file_and_too_many_are_said(
    client: Client, cast: Cast, person: Beneficiary, coded: Coded
):
    cast.sign_in(client, "ben")
    kind = coded("evidence:身份证")
    assert "请选择文件" in words(upload(client, person, kind))
    assert "一次最多上传 6 个" in words(upload(client, person, kind, *[photo() for _ in range(7)]))


def test_a_paper_belongs_to_a_file_of_the_same_person(
    client: Client, cast: Cast, person: Beneficiary, coded: Coded, register: Register
):
    ben = cast.people["ben"]
    own = files.open_file(by=ben, person=person, year=2026)
    other = files.open_file(by=ben, person=register("赵六"), year=2026)
    cast.sign_in(client, "ben")
    posted = {"kind": coded("evidence:身份证").pk, "uploads": [photo()], "file": other.pk}
    address = reverse("attachment-add", args=[person.pk])
    assert "请从列表里选一份档案" in words(client.post(address, posted))
    client.post(address, posted | {"uploads": [photo()], "file": own.pk})
    assert Attachment.objects.get().file == own


@pytest.fixture
def paper(cast: Cast, person: Beneficiary, coded: Coded) -> Attachment:
    kind = coded("evidence:身份证")
    return papers.add_attachment(
        by=cast.people["ben"], person=person, kind=kind, name="证.pdf", content=PDF
    )


@pytest.mark.parametrize(
    ("who", "status"), [("leo", 403), ("roy", 403), ("sam", 403), ("eli", 404), ("cai", 404)]
)
def test_papers_are_for_those_who_may(
    client: Client, cast: Cast, paper: Attachment, who: str, status: int
):
    cast.sign_in(client, who)
    response = client.get(reverse("attachment-download", args=[paper.pk]))
    assert response.status_code == status
    if status == 403 and who != "sam":
        assert "证.pdf" not in words(client.get(page_of(paper.person)))


def test_looking_at_many_papers_is_limited(
    client: Client, cast: Cast, paper: Attachment, settings: Any
):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"paper": (2, 3600)}
    cast.sign_in(client, "kay")
    address = reverse("attachment-download", args=[paper.pk])
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]


def test_a_damaged_file_is_said_and_not_handed_out(client: Client, cast: Cast, paper: Attachment):
    cast.sign_in(client, "kay")
    address = reverse("attachment-download", args=[paper.pk])
    papers.path_of(paper).write_bytes(b"\x01" * 100)
    assert "文件损坏打不开" in words(client.get(address, follow=True))
    papers.path_of(paper).unlink()
    assert "文件损坏打不开" in words(client.get(address, follow=True))


def test_a_paper_is_removed_with_a_reason(
    client: Client, cast: Cast, paper: Attachment, media: Path
):
    cast.sign_in(client, "ben")
    address = reverse("attachment-remove", args=[paper.pk])
    assert "证.pdf" in words(client.get(address))
    assert "请填写理由" in words(client.post(address, {"reason": " "}))
    assert client.post(address, {"reason": "传错了人"}).status_code == 302
    assert stored(media) == []
    told = words(client.get(page_of(paper.person)))
    assert "证.pdf" not in told
    assert "传错了人" in told  # in the history
    gone = client.get(reverse("attachment-download", args=[paper.pk]), follow=True)
    assert "已经删除" in words(gone)


def test_consents_are_recorded_and_withdrawn(
    client: Client, cast: Cast, person: Beneficiary, paper: Attachment
):
    cast.sign_in(client, "ben")
    address = reverse("consent-record", args=[person.pk])
    tomorrow = (timezone.localdate() + timedelta(1)).isoformat()
    typed = {"kind": "sensitive", "wording": "2026-1", "signer": "self", "paper": str(paper.pk)}
    assert "不能晚于今天" in words(client.post(address, typed | {"given_on": tomorrow}))
    assert client.post(address, typed).status_code == 302
    consent = Consent.objects.get()
    assert (consent.paper, consent.given_on) == (paper, timezone.localdate())
    assert "已经签过" in words(client.post(address, typed))
    withdraw = reverse("consent-withdraw", args=[consent.pk])
    assert client.post(withdraw, {"reason": "本人来电"}).status_code == 302
    assert "已撤回" in words(client.get(page_of(person)))
    assert "已经撤回" in words(client.post(withdraw, {"reason": "再撤"}))


def test_categories_begin_and_end(client: Client, cast: Cast, person: Beneficiary, coded: Coded):
    cast.sign_in(client, "ben")
    typed = {"category": coded("category:LM").pk, "level": coded("model_worker:全国劳模").pk}
    address = reverse("category-add", args=[person.pk])
    assert client.post(address, typed).status_code == 302
    assert "已经属于这个类别" in words(client.post(address, typed))
    membership = CategoryMembership.objects.get()
    end = reverse("category-end", args=[membership.pk])
    before = (membership.starts_on - timedelta(1)).isoformat()
    assert "不能早于" in words(client.post(end, {"ends_on": before, "reason": "误登"}))
    today = timezone.localdate().isoformat()
    assert client.post(end, {"ends_on": today, "reason": "误登"}).status_code == 302
    membership.refresh_from_db()
    assert membership.ends_on == timezone.localdate()


@pytest.mark.parametrize(
    ("name", "who", "status"),
    [
        (name, who, status)
        for name in ("attachment-add", "consent-record", "category-add", "person-change")
        for who, status in (("kay", 403), ("leo", 403), ("eli", 404), ("cai", 404))
    ],
)
def test_writing_needs_a_maker_of_the_subtree(
    client: Client, cast: Cast, person: Beneficiary, name: str, who: str, status: int
):
    cast.sign_in(client, who)
    assert client.get(reverse(name, args=[person.pk])).status_code == status


def test_past_aid_is_marked_as_unverified(client: Client, cast: Cast, person: Beneficiary):
    PastAid.objects.create(
        person=person, union=person.union, year=2024, amount=2000, recorded_by=cast.people["ben"]
    )
    PastAid.objects.create(
        person=person, union=person.union, year=2025, goods="米面油", recorded_by=cast.people["ben"]
    )
    cast.sign_in(client, "kay")
    told = words(client.get(page_of(person)))
    assert told.index("米面油") < told.index("2,000.00")
    assert told.count("未核</span>") == 2


def test_printing_shows_masks_and_is_noted(client: Client, cast: Cast, person: Beneficiary):
    cast.sign_in(client, "ben")
    told = words(client.get(reverse("person-print", args=[person.pk])))
    assert "王桂兰" in told
    assert id_number(22) not in told
    event = Event.objects.newest_first()[0]
    assert (event.action, event.object_id) == ("print", str(person.pk))


def test_erasing_is_asked_twice_and_takes_everything(
    client: Client, cast: Cast, person: Beneficiary, paper: Attachment, media: Path
):
    files.open_file(by=cast.people["ben"], person=person, year=2026)
    cast.sign_in(client, "ann")
    address = reverse("person-erase", args=[person.pk])
    asked = words(client.post(address, {"reason": "本人书面要求"}))
    assert "附件 1 个销毁" in asked
    assert "档案 1 份" in asked
    person.refresh_from_db()
    assert person.erased_at is None
    done = client.post(address, {"reason": "本人书面要求", "step": "confirm"})
    assert done.status_code == 302
    person.refresh_from_db()
    paper.refresh_from_db()
    assert (person.name, paper.name, paper.file_key) == ("（已删除）", None, None)
    assert stored(media) == []
    event = Event.objects.newest_first()[0]
    assert (event.action, event.reason) == ("erase", "本人书面要求")
    assert event.details == {"erased": 1, "papers": 1, "ledger_rows": 0}
    for name in ("person-detail", "person-print"):
        told = words(client.get(reverse(name, args=[person.pk])))
        assert "王桂兰" not in told
        assert "王*兰" not in told
        assert id_number(22)[-4:] not in told
    assert "已经删除" in words(client.post(address, {"reason": "再一次"}))


def test_erasing_needs_the_district_administrator_and_the_password(
    client: Client, cast: Cast, person: Beneficiary
):
    address = reverse("person-erase", args=[person.pk])
    for who, status in (("ben", 403), ("sam", 403), ("kay", 403)):
        cast.sign_in(client, who)
        assert client.post(address, {"reason": "x", "step": "confirm"}).status_code == status
    cast.sign_in(client, "ann", is_confirmed=False)
    asked = client.post(address, {"reason": "本人要求", "step": "confirm"})
    assert "identity-password" in words(asked)
    person.refresh_from_db()
    assert person.erased_at is None


def test_the_command_removes_the_papers_too(
    cast: Cast,
    person: Beneficiary,
    paper: Attachment,
    media: Path,
    django_capture_on_commit_callbacks: Any,
):
    with django_capture_on_commit_callbacks(execute=True):
        erase_beneficiary(by=CAST, person=person, reason="来函")
    assert stored(media) == []


def test_what_a_dying_process_left_is_swept_at_night(
    cast: Cast, paper: Attachment, media: Path, coded: Coded
):
    kept = papers.add_attachment(
        by=cast.people["ben"],
        person=paper.person,
        kind=coded("evidence:身份证"),
        name="另一张.pdf",
        content=PDF,
    )
    papers.remove_attachment(by=cast.people["ben"], attachment=paper, reason="传错了")
    assert len(stored(media)) == 2  # the transaction of the test never ends
    sweep_papers()
    assert stored(media) == [papers.path_of(kept)]
