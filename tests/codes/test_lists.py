"""The shipped lists: whole, unambiguous, and knowing what newspapers print."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from relief.codes.models import Code, CodeList
from relief.codes.services import codes_folder, load_codes

FILES = sorted(codes_folder().glob("*.json"))


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((codes_folder() / f"{name}.json").read_text("utf-8"))
    return content


@pytest.fixture
def loaded(db: None) -> None:
    load_codes(codes_folder())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_named_by_its_key_and_tells_its_source(path: Path) -> None:
    content = read(path.stem)
    assert content["key"] == path.stem
    assert content["source"]
    codes = [entry["code"] for entry in content["codes"]]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem != "region"], ids=lambda path: path.stem
)
def test_word_means_one_current_code(path: Path) -> None:
    """In a list of the present a name or alias may lead to one code only.

    Streets of different districts share names (region); they are told apart by their parent.
    """
    words: Counter[str] = Counter()
    for entry in read(path.stem)["codes"]:
        if entry.get("generation") not in {"old", "local"}:
            words.update({entry["name"], *entry.get("aliases", [])})
    assert [word for word, times in words.items() if times > 1] == []


@pytest.mark.parametrize(
    ("name", "current", "every"),
    [
        ("health", 20, 23),
        ("disability", 7, 7),
        ("industry", 20, 43),
        ("hardship_cause", 10, 22),
        ("hardship_class", 3, 9),
        ("ethnicity", 57, 57),
        ("funding_source", 7, 7),
        ("campaign_kind", 11, 11),
    ],
)
def test_list_has_its_number_of_values(loaded: None, name: str, current: int, every: int) -> None:
    assert Code.objects.of(name).count() == every
    assert Code.objects.of(name).current().count() == current


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("health:癌症", "health:恶性肿瘤"),
        ("health:尿毒症", "health:终末期肾病"),
        ("hardship_class:低保边缘户", "hardship_class:相对困难"),
        ("medical_insurance:新农合", "medical_insurance:城乡居民医保"),
        ("industry:旧-金融保险业", "industry:J"),
        ("region:110228", "region:110118"),
    ],
)
def test_old_value_leads_to_the_new_one(loaded: None, old: str, new: str) -> None:
    code = Code.objects.get(pk=old)
    assert code.replaced_by_id == new
    assert not Code.objects.current().filter(pk=old).exists()


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("环卫职工", "HW"),
        ("环卫工人", "HW"),
        ("快递小哥", "XJ-KD"),
        ("网约送餐员", "XJ-WM"),
        ("因大病致困职工", "DB"),
        ("市级劳动模范", "LM-SB"),
        ("平房物业人员", "YX-PF"),
        ("受助村", "CD-JD"),
        ("医护工作人员", "YW"),
        ("困难职工", "KW"),
        ("在档困难职工", "KN"),
    ],
)
def test_printed_category_is_known(loaded: None, printed: str, code: str) -> None:
    found = Code.objects.of("category").current().called(printed)
    assert [entry.code for entry in found] == [code]


def test_funding_sources_are_the_seven_of_the_design() -> None:
    names = [entry["name"] for entry in read("funding_source")["codes"]]
    assert names == ["财政", "上级工会", "本级工会经费", "行政拨付", "社会捐助", "温暖基金", "其他"]


def test_children_come_after_their_parent(loaded: None) -> None:
    for code in Code.objects.of("category").select_related("parent"):
        assert code.parent is None or code.parent.position < code.position


def test_second_load_changes_nothing(loaded: None) -> None:
    again = load_codes(codes_folder())
    assert (again.added, again.changed) == (0, 0)
    assert again.unchanged == Code.objects.count()


def test_load_mends_what_the_file_says_differently(loaded: None) -> None:
    Code.objects.filter(pk="marriage:离异").update(name="离了", aliases=[])
    assert load_codes(codes_folder()).changed == 1
    code = Code.objects.get(pk="marriage:离异")
    assert (code.name, code.aliases) == ("离异", ["离婚"])


def test_load_leaves_what_was_changed_here(loaded: None) -> None:
    Code.objects.filter(pk="marriage:离异").update(aliases=["离婚", "离"], is_local=True)
    result = load_codes(codes_folder())
    assert result.local == ["marriage:离异"]
    assert Code.objects.get(pk="marriage:离异").aliases == ["离婚", "离"]


def test_load_never_deletes(loaded: None) -> None:
    Code.objects.create(key="marriage:分居", list_id="marriage", code="分居", name="分居")
    assert load_codes(codes_folder()).unknown == ["marriage:分居"]
    assert Code.objects.filter(pk="marriage:分居").exists()


def test_command_tells_what_it_did(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_codes")
    total = Code.objects.count()
    assert f"codes: {total} added, 0 changed, 0 unchanged" in capsys.readouterr().out


def test_broken_file_leaves_the_lists_as_they_were(db: None, tmp_path: Path) -> None:
    good = {"key": "colour", "name": "颜色", "source": "x", "codes": [{"code": "a", "name": "红"}]}
    bad = {"key": "shape", "name": "形状", "source": "x", "codes": [{"code": "b c", "name": "圆"}]}
    (tmp_path / "colour.json").write_text(json.dumps(good), encoding="utf-8")
    (tmp_path / "shape.json").write_text(json.dumps(bad), encoding="utf-8")
    with pytest.raises(IntegrityError, match="codes_code_code_shape"), transaction.atomic():
        load_codes(tmp_path)
    assert not CodeList.objects.exists()


@pytest.fixture
def colour(db: None) -> Code:
    CodeList.objects.create(key="colour", name="颜色")
    return Code.objects.create(key="colour:red", list_id="colour", code="red", name="红")


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("codes_code_name_given", {"name": ""}),
        ("codes_code_key_is_list_and_code", {"code": "blue"}),
        ("codes_code_generation_known", {"generation": "next"}),
        ("codes_code_not_own_parent", {"parent_id": "colour:red"}),
        ("codes_code_replaced_is_past", {"replaced_by_id": "colour:red", "generation": "old"}),
        ("codes_code_aliases_is_list", {"aliases": {"a": 1}}),
    ],
)
def test_database_refuses_impossible_codes(
    colour: Code, constraint: str, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Code.objects.filter(pk=colour.pk).update(**values)


def test_current_value_is_not_replaced(colour: Code) -> None:
    blue = Code.objects.create(key="colour:blue", list_id="colour", code="blue", name="蓝")
    with pytest.raises(IntegrityError, match="codes_code_replaced_is_past"), transaction.atomic():
        Code.objects.filter(pk=colour.pk).update(replaced_by=blue)
    Code.objects.filter(pk=colour.pk).update(replaced_by=blue, closed_on=date(2020, 1, 1))


def test_name_is_there_once_under_a_parent(colour: Code) -> None:
    twin = Code(list_id="colour", code="red2", name="红")
    with pytest.raises(ValidationError, match="已经有同名的代码"):
        twin.full_clean()


def test_relations_stay_inside_the_list(colour: Code) -> None:
    CodeList.objects.create(key="shape", name="形状")
    other = Code(list_id="shape", code="round", name="圆", parent=colour)
    with pytest.raises(ValidationError) as refusal:
        other.full_clean()
    assert "parent" in refusal.value.message_dict


@pytest.mark.parametrize("days", [-1, 0])
def test_ended_code_is_not_current(colour: Code, days: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    colour.closed_on = timezone.localdate() + timedelta(days=days)
    colour.save()
    assert not Code.objects.of("colour").current().exists()
    colour.closed_on = timezone.localdate() + timedelta(days=1)
    colour.save()
    assert Code.objects.of("colour").current().exists()
