"""What step 3 shows is what writing does, field by field."""

import random
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from beneficiaries.models import Beneficiary, HouseholdMember, StagedRow, Workplace
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.models.person_key import key_of
from beneficiaries.services.ledgers.writing import Written
from beneficiaries.services.people import change_beneficiary
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledger_pages import ZHANG, at, said
from tests.beneficiaries.ledgers import contents, problems, rows_of, staged
from tests.beneficiaries.test_ledger_writing import file_of, person_with, write
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "codes")]
#: Columns that are not called as the field that fills them.
FIELDS = {
    "birth_on": "birth_date",
    "workplace_id": "workplace",
    "hardship_class_id": "hardship_type",
    "own_monthly_income": "personal_monthly_income",
    "yearly_income": "household_annual_income",
    "housing_id": "housing",
}
#: What writing notes of itself beside what the row says.
BESIDE = {"ledger_id"}


def changes(content: Any) -> set[str]:
    return {one["field"] for one in content.differences}


def test_a_workplace_of_that_name_stays_whosever_it_is(cast: Cast, register: Register):
    district = Workplace.objects.create(union=cast.unions["east"], name="甲厂")
    person = register("张三", id_number=ZHANG)
    Beneficiary.objects.filter(pk=person.pk).update(workplace=district)
    rows = [["姓名", "身份证号", "手机", "工作单位"], ["张三", ZHANG, "13800001234", "甲厂"]]
    ledger = staged(cast, rows)
    assert changes(contents(ledger)[0]) == {"phone", "file"}
    write(cast, ledger)
    person.refresh_from_db()
    assert (person.workplace, file_of(person).workplace) == (district, district)
    assert Workplace.objects.filter(name="甲厂").count() == 1


def test_health_of_the_person_is_compared_too(cast: Cast, register: Register):
    heads = ["姓名", "身份证号", "健康状况", "手机"]
    register("张三", id_number=ZHANG)
    write(cast, staged(cast, [heads, ["张三", ZHANG, "恶性肿瘤", ""]]))
    person = person_with(ZHANG)
    change_beneficiary(
        by=cast.people["ben"], person=person, version=person.version, health="高血压"
    )
    ledger = staged(cast, [heads, ["张三", ZHANG, "恶性肿瘤", ""]])
    assert contents(ledger)[0].differences == [
        {"field": "health", "old": "高血压", "new": "恶性肿瘤"}
    ]


def test_the_standard_that_a_class_brings_is_told(cast: Cast, ben: Client):
    heads = ["姓名", "身份证号", "困难类别"]
    write(cast, staged(cast, [heads, ["张三", ZHANG, "深度困难"]]))
    ledger = staged(cast, [heads, ["张三", ZHANG, "享受低保"]])
    assert changes(contents(ledger)[0]) == {"hardship_type", "standard"}
    assert "困难标准" in said(ben.get(at("ledger-check", ledger)))


def test_income_a_head_is_kept_where_the_file_knows_the_household(cast: Cast):
    write(cast, staged(cast, [["姓名", "身份证号", "家庭人口"], ["张三", ZHANG, 2]]))
    ledger = staged(cast, [["姓名", "身份证号", "家庭月人均收入"], ["张三", ZHANG, "800"]])
    assert contents(ledger)[0].differences == [
        {"field": "household_annual_income", "old": "", "new": "19200"}
    ]
    write(cast, ledger)
    assert file_of(person_with(ZHANG)).yearly_income == Decimal(19200)


def test_income_a_head_that_no_file_can_hold_is_said_not_to_be_written(cast: Cast, ben: Client):
    ledger = staged(cast, [["姓名", "身份证号", "家庭月人均收入"], ["张三", ZHANG, "2101"]])
    words = said(ben.get(at("ledger-check", ledger)))
    assert "人均收入不写入新建的档案" in words
    assert "2101（没有家庭人口，不写入）" in words
    rows = [["姓名", "身份证号", "家庭月人均收入", "家庭人口"], ["张三", ZHANG, "2101", 3]]
    words = said(ben.get(at("ledger-check", staged(cast, rows))))
    assert "人均收入不写入" not in words
    assert "没有家庭人口" not in words


@pytest.mark.parametrize("kin", ["", "本人"])
def test_the_applicant_as_first_member_is_no_second_person(cast: Cast, kin: str):
    heads = ["姓名", "身份证号", "家庭人口"]
    heads += ["家庭成员1姓名", "家庭成员1关系", "家庭成员2姓名", "家庭成员2关系"]
    ledger = staged(cast, [heads, ["张三", ZHANG, 2, "张三", kin, "李小", "配偶"]])
    assert problems(ledger) == [[]]
    write(cast, ledger)
    person = person_with(ZHANG)
    members = HouseholdMember.objects.of_file(file_of(person))
    names = [(row.is_applicant, row.unseal(key_of(person), "name")) for row in members]
    assert names == [(True, "张三"), (False, "李小")]


def answers(dice: random.Random) -> dict[str, Any]:
    """Some cells of a row, at random."""
    words: dict[str, list[Any]] = {
        "性别": ["男"],
        "手机": ["13800001111", "13800002222"],
        "家庭住址": ["和平路1号", "和平路2号"],
        "工作单位": ["甲厂", "乙厂"],
        "健康状况": ["高血压", "恶性肿瘤"],
        "困难类别": ["深度困难", "相对困难"],
        "家庭人口": [1, 2, 3],
        "家庭月人均收入": [700, 900],
        "家庭年收入": [24000, 36000],
        "本人月收入": [1500, 2500],
        "住房面积": [40, 60],
        "备注": ["甲", "乙"],
        "银行卡号": ["6222021234567890128"],
        "邮政编码": ["100010", "100020"],
    }
    return {name: dice.choice([*texts, ""]) for name, texts in words.items() if dice.random() < 0.6}


def written(row: StagedRow, key: Any) -> set[str]:
    said = Written.loaded(row.unseal(key, "written"))
    names = {name for one in (said.person, said.file) for name in (*one.plain, *one.texts)}
    return {FIELDS.get(name, name) for name in names - BESIDE}


def meanwhile(cast: Cast, dice: random.Random, workplace: Workplace) -> None:
    """Somebody changes the person, not the file, between two ledgers."""
    person = person_with(ZHANG)
    health = dice.choice(["高血压", "糖尿病"])
    change_beneficiary(by=cast.people["ben"], person=person, version=person.version, health=health)
    if dice.random() < 0.5:
        Beneficiary.objects.filter(pk=person.pk).update(workplace=workplace)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_stood_in_the_preview(cast: Cast, seed: int):
    dice = random.Random(seed)
    district = Workplace.objects.create(union=cast.unions["east"], name="甲厂")
    for step in range(5):
        if step:
            meanwhile(cast, dice, district)
        cells = answers(dice)
        rows = [["姓名", "身份证号", *cells], ["张三", ZHANG, *cells.values()]]
        ledger = staged(cast, rows)
        row, content = rows_of(ledger)[0], contents(ledger)[0]
        assert row.outcome in {"new", "changed", "same"}, content.open()
        if row.outcome == "same":
            continue
        write(cast, ledger)
        if step:
            row.refresh_from_db()
            assert written(row, key_of_ledger(ledger)) == changes(content), cells
