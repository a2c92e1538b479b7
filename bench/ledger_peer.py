"""The same rows through django-import-export, as its documentation tells users to do it.

One flat table with typed columns and the code lists as foreign keys; no encryption, no history, no
household: what it leaves out costs it nothing. `before_import_row` reads what the cells mean and
checks ID number, birth date, phone and bank account; a wrong row is told and written all the same,
because refusing would stop the whole file.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.db import connection, models
from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from import_export.results import Result
from import_export.widgets import (
    CachedForeignKeyWidget,
    DateWidget,
    DecimalWidget,
    ForeignKeyWidget,
    IntegerWidget,
    Widget,
)
from stdnum import luhn
from stdnum.cn import ric

from bench.ledger_rows import WIDE, headings
from bench.measuring import Cost, measured
from beneficiaries.importing.vocabulary import Vocabulary, from_folder
from relief.codes.models import Code
from relief.codes.services import codes_folder, load_codes

NAMES: Final = {heading: f"column_{number}" for number, heading in enumerate(headings(WIDE))}
_ID, _PHONE, _ACCOUNT = "身份证号码", "联系电话", "银行卡号"
DAYS: Final = frozenset({"出生日期", "建档日期"})
COUNTS: Final = frozenset({"序号", "家庭人口", "年龄"})
AMOUNTS: Final = frozenset(
    {"家庭年度总收入", "慰问金(元)", "建筑面积", "本人月平均收入", "家庭月人均收入"}
)
CODES: Final = {
    "民族": "ethnicity",
    "困难类别": "hardship_class",
    "致困原因": "hardship_cause",
    "政治面貌": "political_status",
    "单位性质": "employer_kind",
    "所属行业": "industry",
    "工作状态": "work_status",
    "住房类型": "housing",
    "婚姻状况": "marriage",
    "户口类型": "household_registration",
    "医保状况": "medical_insurance",
    "家庭成员1关系": "relationship",
}


def _column(heading: str) -> Any:
    if heading in DAYS:
        return models.DateField(heading, null=True)
    if heading in COUNTS:
        return models.PositiveIntegerField(heading, null=True)
    if heading in AMOUNTS:
        return models.DecimalField(heading, max_digits=14, decimal_places=2, null=True)
    if heading in CODES:
        return models.ForeignKey(
            Code, models.PROTECT, related_name="+", null=True, verbose_name=heading
        )
    return models.CharField(heading, max_length=200, null=True)


def _flat_model() -> type[models.Model]:
    """With the indexes of the limit; no migration knows it."""
    indexes = [
        models.Index(fields=[NAMES[heading]], name=f"bench_flat_{number}")
        for number, heading in enumerate((_ID, "姓名", _PHONE))
    ]
    meta = type("Meta", (), {"app_label": "reports", "indexes": indexes, "db_table": "bench_flat"})
    columns = {name: _column(heading) for heading, name in NAMES.items()}
    return type("Flat", (models.Model,), {"__module__": __name__, "Meta": meta, **columns})


Flat: Final = _flat_model()


class Reader:
    """What somebody would write into `before_import_row` for such files."""

    def __init__(self) -> None:
        self._words: Vocabulary = from_folder(codes_folder())
        # A name may stand for a code of an older standard, too; the present one wins.
        codes = Code.objects.order_by("generation")
        self._keys = {(code.list_id, code.name): code.pk for code in codes}
        self.wrong = 0

    def read(self, row: dict[str, Any]) -> None:
        for heading, value in list(row.items()):
            text = unicodedata.normalize("NFKC", str(value or "")).strip()
            row[heading] = self._meant(heading, text)
        self.wrong += not _is_right(row)

    def _meant(self, heading: str, text: str) -> Any:
        if heading in DAYS:
            found = re.findall(r"\d+", text)
            return date(*map(int, found)).isoformat() if len(found) == 3 else ""
        if heading in AMOUNTS:
            return re.sub(r"[^\d.]", "", text)
        if heading in CODES:
            code = self._words.find(CODES[heading], text).code
            return self._keys[CODES[heading], code.name] if code else ""
        return text.replace(" ", "") if heading == "姓名" else text


def _is_right(row: Mapping[str, str]) -> bool:
    number = row[_ID]
    if len(number) != 18 or number[-1].upper() != ric.calc_check_digit(number):
        return False
    phone = row[_PHONE].replace("-", "")
    is_born = row["出生日期"].replace("-", "") == number[6:14]
    return is_born and len(phone) == 11 and phone.isdecimal() and luhn.is_valid(row[_ACCOUNT])


def _widget(heading: str, *, is_cached: bool) -> Widget:
    if heading in CODES:
        kind = CachedForeignKeyWidget if is_cached else ForeignKeyWidget
        return _of_list(kind, CODES[heading])(Code, "key")
    if heading in DAYS:
        return DateWidget("%Y-%m-%d")
    if heading in AMOUNTS:
        return DecimalWidget()
    return IntegerWidget() if heading in COUNTS else Widget()


def _of_list(kind: type[ForeignKeyWidget], code_list: str) -> Callable[..., Widget]:
    def get_queryset(self: Any, value: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
        return Code.objects.filter(list=code_list)

    return type("OfList", (kind,), {"get_queryset": get_queryset})


def resource(columns: int, *, is_cached: bool, **options: Any) -> Any:
    fields = {
        name: Field(
            attribute=name, column_name=heading, widget=_widget(heading, is_cached=is_cached)
        )
        for heading, name in list(NAMES.items())[:columns]
    }
    reader = Reader()

    def before_import_row(self: Any, row: dict[str, Any], **kwargs: Any) -> None:
        reader.read(row)

    described = {
        "model": Flat,
        "fields": tuple(fields),
        "import_id_fields": (NAMES[_ID],),
        **options,
    }
    body = {
        "Meta": type("Meta", (), described),
        "before_import_row": before_import_row,
        "reader": reader,
        **fields,
    }
    return type("FlatResource", (ModelResource,), body)()


def run_defaults(file: Path, rows: int) -> dict[str, Cost]:
    """As the admin does: a dry run for the preview, and the file once more to write it."""
    return _run(file, rows, is_best=False)


def run_best(file: Path, rows: int) -> dict[str, Cost]:
    """Bulk, no difference shown, no look-up of what is there: it can insert and nothing else."""
    return _run(
        file,
        rows,
        is_best=True,
        use_bulk=True,
        batch_size=1_000,
        skip_diff=True,
        force_init_instance=True,
    )


def _run(file: Path, rows: int, *, is_best: bool, **options: Any) -> dict[str, Cost]:
    load_codes(codes_folder())
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    with connection.schema_editor() as editor:
        editor.create_model(Flat)
    data = file.read_bytes()
    columns = len(XLSX().create_dataset(data[:]).headers)

    def step(*, dry_run: bool) -> Result:
        dataset = XLSX().create_dataset(data)
        return resource(columns, is_cached=is_best, **options).import_data(dataset, dry_run=dry_run)

    result, preview = measured(lambda: step(dry_run=True))
    _refuse_wrong(result, rows)
    result, writing = measured(lambda: step(dry_run=False))
    _refuse_wrong(result, rows)
    if Flat._default_manager.count() < (rows if is_best else 0.9 * rows):
        raise SystemExit("Not all rows were written.")
    return {"preview": preview, "writing": writing}


def _refuse_wrong(result: Result, rows: int) -> None:
    if result.has_errors() or result.total_rows != rows:
        raise SystemExit(f"{result.row_errors()[:1]} of {result.total_rows}")
