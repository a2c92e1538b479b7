"""The pages of hardship files, driven as people would: by forms, in the browser's order."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import Event
from beneficiaries import acts
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    HardshipFile,
    HouseholdMember,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.sections import SEALED, SECTIONS
from beneficiaries.services import files, papers
from beneficiaries.services.files import FIELDS
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.views.file_steps import STEPS
from relief.codes.models import Code
from tests.audit.attacker import as_owner, as_superuser
from tests.beneficiaries.conftest import TODAY, Coded, Register
from tests.beneficiaries.files_at import put
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from unions.models import Staff
from unions.permissions import Command, Role

pytestmark = pytest.mark.django_db

#: What each role can do with a file of East-1, by status: the one table of all triples. Ben is the
#: maker of East-1 itself, Kay the checker of its district; everybody else only looks on.
KEEPER = {
    Status.DRAFT: {"submit", "withdraw"},
    Status.ACTIVE: {"look", "renew"},
    Status.RELIEVED: {"look-back", "renew"},
    Status.CLOSED: {"renew"},
}
CHECKER = {
    Status.APPLIED: {"first-review", "return", "reject"},
    Status.PUBLICITY: {"publicity", "return", "reject"},
    Status.REVIEW: {"review", "return", "reject"},
    Status.COMPARISON: {"comparison", "return", "reject"},
    Status.APPROVAL: {"approve", "return", "reject"},
    Status.ACTIVE: {"exit", "regular"},
    Status.RELIEVED: {"exit"},
}
ERASING = Command("erase_person")
EVERYBODY = ["ben", "kay", "ann", "mia", "leo", "roy", "fay", "ada", "sam"]
#: What a form must say to be taken, act by act; the others have nothing to fill in.
WORDS: dict[str, dict[str, str]] = {
    "first-review": {"place": "厂门口公示栏"},
    "publicity": {"outcome": "none"},
    "return": {"reason": "收入证明没有盖章"},
    "reject": {"reason": "收入高于标准"},
    "exit": {"exit_reason": "moved", "reason": "调往外省"},
    "regular": {"reason": "材料已补齐"},
    "withdraw": {"exit_reason": "withdrawn", "reason": "本人不申请了"},
    "look": {"kind": "yearly", "finding": "unchanged"},
    "look-back": {"kind": "look_back", "finding": "unchanged"},
    "renew": {"year": "2027"},
}


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


def _address(act: acts.Act, file: HardshipFile) -> str:
    return reverse(act.url_name, args=[file.pk, act.key] if act.is_step else [file.pk])


@pytest.mark.parametrize("status", list(Status))
def test_every_act_by_every_role_at_every_status(
    client: Client, cast: Cast, full: HardshipFile, status: Status
):
    """Who may gets a form and does it; who may not is refused or led back, and nothing changes."""
    file = put(full, status)
    for who in EVERYBODY:
        cast.sign_in(client, who)
        table = {"ben": KEEPER, "kay": CHECKER}.get(who, {})
        allowed = table.get(status, set())
        offered = {act.key for act in acts.offered(cast.people[who], file)}
        assert offered == allowed, (who, status)
        for act in acts.ACTS:
            if act.key not in allowed and not _shares_its_page(act, allowed):
                _assert_refused(client, file, act, who)
    for act in acts.ACTS:
        who = "ben" if act.key in KEEPER.get(status, set()) else "kay"
        if act.key in KEEPER.get(status, set()) | CHECKER.get(status, set()):
            cast.sign_in(client, who)
            assert client.get(_address(act, file)).status_code == 200, act


def _shares_its_page(act: acts.Act, allowed: set[str]) -> bool:
    """年审 and 回头看 are one page that asks what fits the status."""
    return act.url_name == "file-look" and bool(allowed & {"look", "look-back"})


def _assert_refused(client: Client, file: HardshipFile, act: acts.Act, who: str) -> None:
    answer = client.post(_address(act, file), WORDS.get(act.key, {"confirm": "1"}))
    assert answer.status_code in {302, 403}, (who, act.key)
    now = HardshipFile.objects.get(pk=file.pk)
    assert (now.status, now.version, now.is_temporary) == (file.status, file.version, True)
    assert not HardshipFile.objects.exclude(pk=file.pk).exists()


@pytest.mark.parametrize(
    ("status", "key", "then"),
    [
        (Status.DRAFT, "submit", Status.APPLIED),
        (Status.DRAFT, "withdraw", Status.CLOSED),
        (Status.APPLIED, "first-review", Status.PUBLICITY),
        (Status.PUBLICITY, "publicity", Status.REVIEW),
        (Status.REVIEW, "review", Status.COMPARISON),
        (Status.COMPARISON, "comparison", Status.APPROVAL),
        (Status.APPROVAL, "approve", Status.ACTIVE),
        *[
            (status, "return", Status.DRAFT)
            for status in CHECKER
            if status != Status.ACTIVE and status != Status.RELIEVED
        ],
        *[
            (status, "reject", Status.REJECTED)
            for status in CHECKER
            if status != Status.ACTIVE and status != Status.RELIEVED
        ],
        (Status.ACTIVE, "exit", Status.CLOSED),
        (Status.ACTIVE, "regular", Status.ACTIVE),
        (Status.ACTIVE, "look", Status.ACTIVE),
        (Status.ACTIVE, "renew", Status.ACTIVE),
        (Status.RELIEVED, "look-back", Status.RELIEVED),
        (Status.RELIEVED, "exit", Status.CLOSED),
    ],
)
def test_each_act_is_done_through_its_page(
    client: Client, cast: Cast, full: HardshipFile, status: Status, key: str, then: Status
):
    file = put(full, status)
    act = acts.BY_KEY[key]
    cast.sign_in(client, "ben" if key in KEEPER.get(status, set()) else "kay")
    answer = client.post(_address(act, file), WORDS.get(key, {"confirm": "1"}))
    assert answer.status_code == 302, answer.content.decode()
    assert HardshipFile.objects.get(pk=file.pk).status == then
    if key == "renew":
        assert HardshipFile.objects.get(year=2027).status == Status.DRAFT
    if key == "regular":
        assert not HardshipFile.objects.get(pk=file.pk).is_temporary


def test_every_step_that_is_offered_has_its_page():
    assert set(STEPS) == {act.key for act in acts.ACTS if act.is_step}


@pytest.mark.parametrize("key", ["return", "reject", "exit", "regular"])
def test_a_step_without_its_reason_says_so(
    client: Client, cast: Cast, full: HardshipFile, key: str
):
    file = put(full, Status.APPLIED if key in {"return", "reject"} else Status.ACTIVE)
    cast.sign_in(client, "kay")
    answer = client.post(_address(acts.BY_KEY[key], file), {"reason": " "})
    assert answer.status_code == 200
    assert "请填写" in answer.content.decode()


def test_who_handed_in_does_not_review(client: Client, cast: Cast, full: HardshipFile):
    file = put(full, Status.APPLIED)
    with as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(applied_by=cast.accounts["kay"])
    cast.sign_in(client, "kay")
    _assert_refused(client, HardshipFile.objects.get(pk=file.pk), acts.BY_KEY["return"], "kay")


def test_a_street_checker_does_not_compare_or_approve(
    client: Client, cast: Cast, full: HardshipFile
):
    file = put(full, Status.COMPARISON)
    with as_owner():
        Staff.objects.filter(pk=cast.people["ben"].pk).update(role=Role.CHECKER)
    cast.sign_in(client, "ben")
    _assert_refused(client, file, acts.BY_KEY["comparison"], "ben")


def test_the_form_shows_every_column_once():
    names = [name for section in SECTIONS for name in section.fields]
    assert len(names) == len(set(names))
    assert set(names) == FIELDS - {"is_temporary"}


def _form_of(client: Client, file: HardshipFile) -> dict[str, Any]:
    """What the browser would post back unchanged."""
    form = client.get(reverse("file-change", args=[file.pk])).context["form"]
    posted = {"version": file.version}
    for name in form.fields:
        value = form[name].value()
        value = value.pk if isinstance(value, Code) else value
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if name != "version" and value not in (None, "", []):
            posted[name] = value
    return posted


def test_a_form_that_was_not_touched_changes_nothing(
    client: Client, cast: Cast, full: HardshipFile
):
    cast.sign_in(client, "ben")
    posted = _form_of(client, full)
    assert not {name for name in posted if name in SEALED}
    answer = client.post(reverse("file-change", args=[full.pk]), posted)
    assert answer.status_code == 302
    assert HardshipFile.objects.get(pk=full.pk).version == full.version


def test_what_is_filled_in_is_kept(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ben")
    posted = _form_of(client, full) | {
        "yearly_income": "￥36,000",
        "is_single_parent": "no",
        "working_since": "1996年7月1日",
        "hardship": "每周透析三次",
    }
    assert client.post(reverse("file-change", args=[full.pk]), posted).status_code == 302
    file = HardshipFile.objects.get(pk=full.pk)
    assert (file.yearly_income, file.is_single_parent) == (Decimal(36000), False)
    assert file.working_since == date(1996, 7, 1)
    key = key_of(file.person)
    assert file.unseal(key, "hardship") == "每周透析三次"
    assert file.unseal(key, "health") == "终末期肾病"


def test_two_people_at_one_file_lose_nothing(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ben")
    posted = _form_of(client, full)
    files.change_file(by=cast.people["ben"], file=full, version=full.version, postcode="100005")
    answer = client.post(
        reverse("file-change", args=[full.pk]), posted | {"postcode": "100010", "remark": "打的字"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "100005" in page
    assert "100010" in page
    assert "打的字" in page
    again = posted | {"postcode": "100010", "version": full.version + 1}
    assert client.post(reverse("file-change", args=[full.pk]), again).status_code == 302
    assert HardshipFile.objects.get(pk=full.pk).postcode == "100010"


def test_old_values_are_offered_only_where_one_stands(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded
):
    old = coded("hardship_class:低保户")
    Code.objects.filter(pk=old.pk).update(generation="old")
    cast.sign_in(client, "ben")
    address = reverse("file-change", args=[full.pk])
    assert 'value="hardship_class:低保户"' not in client.get(address).content.decode()
    HardshipFile.objects.filter(pk=full.pk).update(hardship_class=old)
    page = client.get(address).content.decode()
    assert '<optgroup label="旧标准">' in page


@pytest.mark.parametrize("who", ["mia", "ann", "zoe"])
def test_only_the_owner_fills_in(client: Client, cast: Cast, full: HardshipFile, who: str):
    """They see the file and are led back with the reason; above stand clerks, below sits Ben."""
    cast.sign_in(client, who)
    answer = client.post(
        reverse("file-change", args=[full.pk]), {"version": full.version}, follow=True
    )
    assert "只有建档机构能修改" in answer.content.decode()
    assert HardshipFile.objects.get(pk=full.pk).version == full.version


def test_a_union_without_clerks_leaves_it_to_the_next_above(
    client: Client, cast: Cast, register: Register
):
    person = register("郑小满", union="cell", by="ben")
    cast.sign_in(client, "ben")
    answer = client.post(reverse("file-create", args=[person.pk]), {"year": "2026"})
    assert answer.status_code == 302
    assert HardshipFile.objects.get().union == cast.unions["cell"]


def test_a_second_file_of_the_year_is_refused_in_words(
    client: Client, cast: Cast, draft: HardshipFile
):
    cast.sign_in(client, "ben")
    answer = client.post(reverse("file-create", args=[draft.person_id]), {"year": "2026"})
    assert "一人只能建一份" in answer.content.decode()


def test_handing_in_lists_what_is_missing_as_links(client: Client, cast: Cast, draft: HardshipFile):
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-submit", args=[draft.pk])).content.decode()
    change = reverse("file-change", args=[draft.pk])
    for name in ("hardship_class", "health", "rigid_spending", "household_size"):
        assert f"{change}#id_{name}" in page
        assert f'id="id_{name}"' in client.get(change).content.decode()


@pytest.mark.parametrize("who", ["leo", "roy"])
def test_leaders_and_reporters_never_read_what_is_sealed(
    client: Client, cast: Cast, full: HardshipFile, who: str
):
    cast.sign_in(client, who)
    assert "终末期肾病" not in client.get(reverse("file-detail", args=[full.pk])).content.decode()
    for name in ("file-reveal", "file-print-full", "file-open"):
        answer = client.post(reverse(name, args=[full.pk]), {"reason": "想看"})
        assert answer.status_code == 403
    assert client.get(reverse("file-print", args=[full.pk])).status_code == 403


def test_reading_what_is_sealed_needs_a_reason_and_is_written_down(
    client: Client, cast: Cast, full: HardshipFile
):
    cast.sign_in(client, "kay")
    page = client.get(reverse("file-detail", args=[full.pk])).content.decode()
    assert "终末期肾病" not in page
    address = reverse("file-reveal", args=[full.pk])
    assert "终末期肾病" not in client.post(address, {"reason": ""}).content.decode()
    before = Event.objects.filter(action="reveal").count()
    assert "终末期肾病" in client.post(address, {"reason": "审核需要"}).content.decode()
    event = Event.objects.newest_first().filter(action="reveal")[0]
    assert Event.objects.filter(action="reveal").count() == before + 1
    assert (event.object_id, event.reason) == (str(full.pk), "审核需要")
    assert "终末期" not in str(event.details)


def test_a_leader_sees_masked_names(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "leo")
    for name, arguments in (("file-detail", [full.pk]), ("file-list", [])):
        page = client.get(reverse(name, args=arguments)).content.decode()
        assert "王*兰" in page
        assert "王桂兰" not in page


def test_the_form_on_paper_masks_until_asked(client: Client, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ben")
    number = id_number(22)
    page = client.get(reverse("file-print", args=[full.pk])).content.decode()
    assert number not in page
    assert "终末期肾病" not in page
    address = reverse("file-print-full", args=[full.pk])
    page = client.post(address, {"reason": "打印给本人签字"}).content.decode()
    assert number in page
    assert "终末期肾病" in page
    assert Event.objects.newest_first()[0].action == "print"


def _member(**values: str) -> dict[str, str]:
    return {"name": "张卫东", "sex": "male"} | values


def test_a_member_comes_changes_and_goes(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded
):
    coded("relationship:配偶")
    cast.sign_in(client, "ben")
    number = id_number(31)
    posted = _member(relationship="relationship:配偶", id_number=number, monthly_income="1,500")
    assert client.post(reverse("member-create", args=[full.pk]), posted).status_code == 302
    member = HouseholdMember.objects.get(file=full, is_applicant=False)
    assert (member.monthly_income, member.birth_on) == (Decimal(1500), date(1968, 1, 1))
    address = reverse("member-change", args=[member.pk])
    page = client.get(address).content.decode()
    assert number not in page
    assert number[-4:] in page
    assert client.post(address, _member(name="张卫")).status_code == 302
    member.refresh_from_db()
    assert member.unseal(key_of(full.person), "id_number") == number
    assert member.unseal(key_of(full.person), "name") == "张卫"
    remove = reverse("member-remove", args=[member.pk])
    assert client.post(remove, {"reason": ""}).status_code == 200
    assert client.post(remove, {"reason": "已分户"}).status_code == 302
    assert not HouseholdMember.objects.filter(pk=member.pk).exists()


def test_one_household_one_file_is_said_in_words(
    client: Client, cast: Cast, full: HardshipFile, register: Register
):
    """Somebody of another file, also where that file is out of sight."""
    other = register("马建军", union="west-1", by="wes", id_number=id_number(41))
    files.open_file(by=cast.people["wes"], person=other, year=2026)
    cast.sign_in(client, "ben")
    answer = client.post(reverse("member-create", args=[full.pk]), _member(id_number=id_number(41)))
    page = answer.content.decode()
    assert "一户只能建一份档案" in page
    assert "马建军" not in page
    assert "张卫东" in page


def test_a_member_that_somebody_else_changed_is_told(
    client: Client, cast: Cast, full: HardshipFile
):
    member = files.add_member(by=cast.people["ben"], file=full, name="张卫东", sex="male")
    opened = HardshipFile.objects.get(pk=full.pk).version
    files.change_member(by=cast.people["ben"], member=member, name="张伟东")
    cast.sign_in(client, "ben")
    address = reverse("member-change", args=[member.pk])
    answer = client.post(address, _member(name="张维东", version=str(opened)))
    assert "别人刚改过" in answer.content.decode()
    assert "张维东" in answer.content.decode()


def test_the_file_of_an_erased_person_can_only_be_looked_at_and_ended(
    client: Client, cast: Cast, full: HardshipFile
):
    erase_beneficiary(by=ERASING, person=full.person, reason="本人要求")
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-detail", args=[full.pk])).content.decode()
    assert "终末期肾病" not in page
    assert "（已删除）" in page
    for name in ("file-change", "file-submit", "member-create", "file-renew"):
        answer = client.get(reverse(name, args=[full.pk]))
        assert answer.status_code == 302, name
    withdraw = reverse("file-withdraw", args=[full.pk])
    assert client.post(withdraw, WORDS["withdraw"]).status_code == 302
    assert HardshipFile.objects.get(pk=full.pk).status == Status.CLOSED
    assert client.get(reverse("file-list")).status_code == 200


def test_evidence_stands_on_the_file_for_who_may_open_it(
    client: Client, cast: Cast, full: HardshipFile, coded: Coded, tmp_path: Path, settings: Any
):
    settings.MEDIA_ROOT = tmp_path
    kept: dict[str, Any] = {
        "by": cast.people["ben"],
        "person": full.person,
        "kind": coded("evidence:诊断证明"),
        "content": b"%PDF-1.7 scan",
    }
    papers.add_attachment(**kept, name="诊断证明.pdf", file=full)
    papers.add_attachment(**kept, name="别的材料.pdf")
    address = reverse("file-detail", args=[full.pk])
    for who, sees in (("ben", True), ("kay", True), ("leo", False), ("roy", False)):
        cast.sign_in(client, who)
        page = client.get(address).content.decode()
        assert ("诊断证明.pdf" in page) == sees, who
        assert "别的材料.pdf" not in page
    waiting = put(full, Status.APPLIED)
    cast.sign_in(client, "kay")
    step = client.get(reverse("file-step", args=[waiting.pk, "first-review"]))
    assert "1 份" in step.content.decode()
