from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.test.html import Element, parse_html

from relief.lib import widgets
from relief.lib.forms import DayField, Form, MoneyField
from relief.lib.widgets import ChipsMultiple, ChipsRadio, PasswordInput, TypeaheadSelect

EPIPHANY = datetime(2026, 1, 6, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


class PersonForm(Form):
    name = forms.CharField(label="姓名", help_text="和身份证上的一样")
    amount = MoneyField(label="慰问金")
    day = DayField(label="日期", required=False)
    result = forms.ChoiceField(
        label="结果", choices=[("a", "见到"), ("b", "没人")], widget=ChipsRadio
    )
    goods = forms.MultipleChoiceField(
        label="慰问品", choices=[("r", "米"), ("o", "油")], widget=ChipsMultiple, required=False
    )
    agreed = forms.BooleanField(label="同意")
    scan = forms.FileField(label="扫描件")


def elements(node: Element | str, name: str) -> list[Element]:
    if isinstance(node, str):
        return []
    found = [node] if node.name == name else []
    return found + [match for child in node.children for match in elements(child, name)]


def attributes(element: Element) -> dict[str, str | None]:
    return dict(element.attributes)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-01-06", date(2026, 1, 6)),
        ("2026/1/6", date(2026, 1, 6)),
        ("2026.1.6", date(2026, 1, 6)),
        ("20260106", date(2026, 1, 6)),
        ("2026年1月6日", date(2026, 1, 6)),
        ("２０２６－０１－０６", date(2026, 1, 6)),
        ("1月6日", date(2026, 1, 6)),
        ("12月30日", date(2025, 12, 30)),
        ("", None),
    ],
)
def test_days_as_people_write_them(typed, day):
    with time_machine.travel(EPIPHANY, tick=False):
        assert DayField(required=False).clean(typed) == day


@pytest.mark.parametrize("typed", ["13月1日", "2026-02-30", "2月30日", "明天", "1"])
def test_what_is_no_day_is_refused_with_an_example(typed):
    with pytest.raises(forms.ValidationError, match="2026-01-06"):
        DayField().clean(typed)


def test_money_reads_and_refuses_in_words():
    assert MoneyField().clean("￥5,000") == Decimal(5000)
    with pytest.raises(forms.ValidationError, match="请填写金额"):
        MoneyField().clean("1.005")
    with pytest.raises(forms.ValidationError):
        MoneyField().clean("-1")


def test_what_is_missing_is_said_with_its_name():
    form = PersonForm({})
    assert form.errors["name"] == ["请填写姓名"]
    assert form.errors["result"] == ["请选择结果"]
    assert form.errors["agreed"] == ["请勾选“同意”"]
    assert form.errors["scan"] == ["请选择扫描件"]


def test_a_wrong_sum_comes_back_as_it_was_typed():
    assert 'value="两千"' in str(PersonForm({"amount": "两千"})["amount"])
    assert 'value="5,000.00"' in str(PersonForm(initial={"amount": Decimal(5000)})["amount"])


def test_every_control_has_a_label_and_its_errors_are_tied_to_it():
    page = parse_html(f"<div>{PersonForm({'amount': 'x'})}</div>")
    labelled = {attributes(label).get("for") for label in elements(page, "label")}
    controls = [
        attributes(control)
        for name in ("input", "select", "textarea")
        for control in elements(page, name)
    ]
    assert controls
    ids = {value for node in all_elements(page) for key, value in node.attributes if key == "id"}
    for control in controls:
        assert control["id"] in labelled
        for described in (control.get("aria-describedby") or "").split():
            assert described in ids


def all_elements(node: Element | str) -> list[Element]:
    if isinstance(node, str):
        return []
    return [node] + [match for child in node.children for match in all_elements(child)]


def test_the_summary_leads_to_the_fields_in_the_same_words():
    html = str(PersonForm({"amount": "x"}))
    page = parse_html(f"<div>{html}</div>")
    ids = {value for node in all_elements(page) for key, value in node.attributes if key == "id"}
    targets = [(attributes(a)["href"] or "")[1:] for a in elements(page, "a")]
    assert set(targets) <= ids
    assert len(targets) == len(PersonForm({"amount": "x"}).errors)
    assert html.count("请填写姓名") == 2


def test_form_wide_errors_are_in_the_summary():
    form = PersonForm({})
    form.add_error(None, "这个人已经在名单里")
    assert "这个人已经在名单里" in str(form)


def test_optional_fields_say_so():
    assert "（可不填）" in str(PersonForm()["goods"].as_field_group())
    assert "（可不填）" not in str(PersonForm()["name"].as_field_group())


def test_ids_are_unique():
    page = parse_html(f"<div>{PersonForm()}</div>")
    ids = [value for node in all_elements(page) for key, value in node.attributes if key == "id"]
    assert len(ids) == len(set(ids))


def test_typed_text_is_escaped():
    form = PersonForm({"name": '"><script>', "amount": '"><script>'})
    assert "<script>" not in str(form)


def test_a_textarea_gives_back_exactly_what_was_typed():
    class RemarkForm(Form):
        remark = forms.CharField(widget=forms.Textarea)

    assert ">一\n二</textarea>" in str(RemarkForm({"remark": "一\n二"})["remark"])


def test_a_password_is_never_written_back():
    class LogInForm(Form):
        password = forms.CharField(widget=PasswordInput)

    assert "secret" not in str(LogInForm({"password": "secret"})["password"])


def test_a_typeahead_is_a_plain_select_without_a_script():
    class StreetForm(Form):
        street = forms.ChoiceField(
            choices=[("", "（未选）"), ("1", "建国门")],
            widget=TypeaheadSelect(search_url="/find/"),
        )

    html = str(StreetForm({"street": "1"})["street"])
    assert 'data-relief-typeahead="/find/"' in html
    assert "<select" in html
    chosen = [o for o in elements(parse_html(html), "option") if "selected" in attributes(o)]
    assert [attributes(option)["value"] for option in chosen] == ["1"]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["junk", "999999999", "0"])
def test_a_typeahead_survives_a_value_that_was_never_on_offer(typed):
    html = str(KindForm({"kind": typed}))
    assert "error-summary" in html
    assert f'value="{typed}"' not in html


@pytest.mark.django_db
def test_a_typeahead_writes_only_a_few_and_the_chosen_one(monkeypatch):
    monkeypatch.setattr(widgets, "OPTIONS_WITHOUT_SCRIPT", 2)
    last = ContentType.objects.order_by("pk").last()
    assert last
    options = elements(parse_html(str(KindForm({"kind": str(last.pk)})["kind"])), "option")
    assert len(options) == 4  # none, two, the chosen one
    assert [attributes(o)["value"] for o in options if "selected" in attributes(o)] == [
        str(last.pk)
    ]


class KindForm(Form):
    kind = forms.ModelChoiceField(
        ContentType.objects.order_by("pk"), widget=TypeaheadSelect(search_url="/find/")
    )
