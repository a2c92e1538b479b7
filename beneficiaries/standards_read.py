"""低保标准 in a workbook: what its rows say, and what writing them would do."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from beneficiaries.models import IncomeCalculation, LivingStandard, StandardUpload
from relief.codes.models import Code
from relief.lib.days import day_words
from relief.lib.forms import DayField, MoneyField
from relief.lib.money import format_money
from relief.lib.text import refuse_hidden_characters
from relief.lib.workbooks.write import WATERMARK

#: Field → heading, in the order of the template.
HEADINGS: Final = {
    "region": "行政区划",
    "kind": "城乡",
    "starts_on": "生效日期",
    "amount": "标准（元/月）",
    "document": "文号或出处",
}
MOST_ROWS: Final = 1_000
_KINDS: Final = {
    "城市": LivingStandard.Kind.URBAN,
    "城镇": LivingStandard.Kind.URBAN,
    "农村": LivingStandard.Kind.RURAL,
}
#: (row number in the file, cells as text), top down.
Rows = list[tuple[int, list[str]]]


class State(models.TextChoices):
    NEW = "new", "新建"
    CHANGED = "changed", "修改"
    SAME = "same", "无变化"
    BAD = "bad", "要改"


@dataclass
class Judged:
    """One row: what it says, what it would do, and why not. `cells` are (old, new) for the page."""

    number: int
    texts: dict[str, str]
    state: str = State.NEW
    problems: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    stored: LivingStandard | None = None

    @property
    def cells(self) -> list[tuple[str, str]]:
        old = _shown(self.stored) if self.state == State.CHANGED and self.stored else {}
        return [(old.get(name, self._new(name)), self._new(name)) for name in HEADINGS]

    def _new(self, name: str) -> str:
        return _words(self.values[name]) if name in self.values else self.texts[name]


def rows_of(rows: Rows) -> list[tuple[int, dict[str, str]]]:
    """The filled rows by field. Raises ValidationError: headings_missing, empty, too_many_rows."""
    headings = [_heading(cell) for cell in rows[0][1]] if rows else []
    wanted = {name: _heading(heading) for name, heading in HEADINGS.items()}
    missing = [HEADINGS[name] for name, heading in wanted.items() if heading not in headings]
    if missing:
        text = f"第一行要有这些列名：{'、'.join(missing)}。可以先下载模板，把内容贴进去。"
        raise ValidationError(text, code="headings_missing")
    places = {name: headings.index(heading) for name, heading in wanted.items()}
    found = [
        (number, {name: _cell(cells, place) for name, place in places.items()})
        for number, cells in rows[1:]
        if any(cell.strip() for cell in cells) and not cells[0].startswith(WATERMARK)
    ]
    if not found:
        raise ValidationError("表里只有标题，没有内容。", code="empty")
    if len(found) > MOST_ROWS:
        text = f"一次最多导入 {MOST_ROWS} 行，请分成几份上传。"
        raise ValidationError(text, code="too_many_rows")
    return found


def judged(upload: StandardUpload) -> list[Judged]:
    """Every row as the table is now, in the order of the file; a few queries for all of them."""
    rows = [Judged(number, texts) for number, texts in upload.rows]
    regions = _regions({row.texts["region"] for row in rows})
    for row in rows:
        _read(row, "region", lambda text: _region(text, regions))
        _read(row, "kind", _kind)
        _read(row, "starts_on", DayField(error_messages={"required": "请填写生效日期。"}).clean)
        _read(row, "amount", MoneyField(min_value=Decimal("0.01")).clean)
        _read(row, "document", _document)
    _compare([row for row in rows if not row.problems])
    return rows


def counts(rows: Iterable[Judged]) -> dict[str, int]:
    found = Counter(row.state for row in rows)
    return {state: found[state] for state in State.values}


def _heading(cell: str) -> str:
    return "".join(cell.split()).strip("*＊").replace("(", "（").replace(")", "）")


def _cell(cells: list[str], place: int) -> str:
    return " ".join(cells[place].split())[:200] if place < len(cells) else ""


def _read(row: Judged, name: str, read: Callable[[str], Any]) -> None:
    """The value of one cell; what is wrong with it is said with its heading."""
    try:
        row.values[name] = read(row.texts[name])
    except ValidationError as error:
        row.state = State.BAD
        row.problems += [f"{HEADINGS[name]}：{text}" for text in error.messages]


def _regions(texts: set[str]) -> dict[str, list[Code]]:
    """Name or number → the places called so."""
    known = Code.objects.of("region").current()
    found: dict[str, list[Code]] = {}
    for code in known.filter(models.Q(name__in=texts) | models.Q(code__in=texts)):
        for text in {code.name, code.code} & texts:
            found.setdefault(text, []).append(code)
    return found


def _region(text: str, regions: dict[str, list[Code]]) -> Code:
    places = regions.get(text, [])
    if len(places) > 1:
        raise ValidationError(f"“{text}”有几个，请改填行政区划代码。", code="region_ambiguous")
    if not places:
        said = f"“{text}”不认识，请填" if text else "请填写"
        raise ValidationError(f"{said}代码表里的名称或代码。", code="region_unknown")
    return places[0]


def _kind(text: str) -> str:
    if text not in _KINDS:
        raise ValidationError("请填城市或农村。", code="kind_unknown")
    return _KINDS[text]


def _document(text: str) -> str:
    refuse_hidden_characters(text)
    required = {"required": "请填写文号或出处。"}
    return str(forms.CharField(max_length=100, error_messages=required).clean(text))


def _compare(rows: list[Judged]) -> None:
    """Against the table, and against the rows above."""
    regions = {row.values["region"].pk for row in rows}
    stored = {
        (one.region_id, one.kind, one.starts_on): one
        for one in LivingStandard.objects.filter(region__in=regions).select_related("region")
    }
    used = set(
        IncomeCalculation.objects.filter(living_standard__in=[one.pk for one in stored.values()])
        .values_list("living_standard", flat=True)
        .distinct()
    )
    first: dict[tuple[str, str, date], int] = {}
    for row in rows:
        values = row.values
        key = (values["region"].pk, values["kind"], values["starts_on"])
        row.stored = stored.get(key)
        if first.setdefault(key, row.number) != row.number:
            row.state = State.BAD
            row.problems.append(f"与第 {first[key]} 行是同一地区、同一天，请删掉一行。")
        elif row.stored:
            _against(row, row.stored, is_used=row.stored.pk in used)


def _against(row: Judged, stored: LivingStandard, *, is_used: bool) -> None:
    amount, document = row.values["amount"], row.values["document"]
    if (amount, document) == (stored.amount, stored.document):
        row.state = State.SAME
    elif amount != stored.amount and is_used:
        row.state = State.BAD
        row.problems.append("已经有收入核算用了这个标准，金额不能再改；请登记新的生效日期。")
    else:
        row.state = State.CHANGED


def _shown(stored: LivingStandard) -> dict[str, str]:
    return {name: _words(getattr(stored, name)) for name in HEADINGS}


def _words(value: object) -> str:
    match value:
        case date():
            return day_words(value)
        case Decimal():
            return format_money(value)
        case LivingStandard.Kind.URBAN | LivingStandard.Kind.RURAL:
            return str(LivingStandard.Kind(value).label)
    return str(value)
