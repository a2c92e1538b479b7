"""Two ledgers of the demo: one that was written, one that waits to be checked (核对)."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final

from django.utils import timezone
from openpyxl import Workbook

from beneficiaries.models import Beneficiary, HardshipFile, LedgerImport
from beneficiaries.services.ledgers import questions
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.reading import read_ledger
from beneficiaries.services.ledgers.receiving import keep_upload
from beneficiaries.services.ledgers.staging import stage_rows
from reports.demo_acting import Demo
from unions.models import Staff
from unions.permissions import Role

_HEADINGS: Final = (
    "序号", "姓名", "性别", "身份证号", "联系电话", "困难类别", "主要致困原因", "家庭人口",
    "家庭年度总收入", "年度刚性支出", "健康状况", "慰问金（元）",
)  # fmt: skip
_SEXES: Final = {"female": "女", "male": "男"}
#: Files that a year ago were looked at last: 年审到期.
_DUE: Final = 2


def write_ledger(demo: Demo, plan: dict[str, Any]) -> LedgerImport:
    """A ledger through all four steps; two of its files are due for the yearly review."""
    maker = demo.staff(plan["union"], Role.MAKER)
    ledger = _staged(demo, maker, plan)
    if questions.open_questions(ledger):
        ledger = demo.act(questions.confirm_sums, by=maker, ledger=ledger, version=ledger.version)
    ledger = demo.act(
        apply_ledger, by=maker, ledger=ledger, version=ledger.version, progress=Directly()
    )
    _grow_old(ledger)
    return ledger


def wait_at_check(demo: Demo, plan: dict[str, Any]) -> LedgerImport:
    """A ledger with something to mend, to confirm and to compare, at its third step."""
    return _staged(demo, demo.staff(plan["union"], Role.MAKER), plan)


def _staged(demo: Demo, maker: Staff, plan: dict[str, Any]) -> LedgerImport:
    ledger = demo.act(
        keep_upload,
        by=maker,
        union=maker.union,
        year=timezone.localdate().year,
        file=_workbook(demo, plan),
        file_name=f"{plan['title']}.xlsx",
        is_invented=True,
    )
    return demo.act(_read_and_judge, by=maker, ledger=ledger)


def _read_and_judge(*, by: Staff, ledger: LedgerImport) -> LedgerImport:
    return stage_rows(read_ledger(ledger, Directly()), Directly(), by=by)


def _workbook(demo: Demo, plan: dict[str, Any]) -> BytesIO:
    """As offices keep it: a title, the headings, the people, a sum below."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "台账"
    sheet.append([plan["title"]])
    sheet.append(list(_HEADINGS))
    for number, row in enumerate(plan["rows"], start=1):
        sheet.append(_cells(demo, number, row, plan.get("broken", {}).get(row[0], "")))
    sheet.append(["合计", *[None] * 10, sum(row[-1] for row in plan["rows"])])
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


def _cells(demo: Demo, number: int, row: list[Any], broken: str) -> list[Any]:
    name, sex, born, cause, hardship, size, yearly, rigid, health, aid = row
    paper = demo.numbers.get(name) or demo.id_number(date.fromisoformat(born), sex)
    demo.numbers.setdefault(name, paper)
    if broken == "checksum":
        paper = paper[:-1] + ("1" if paper[-1] != "1" else "2")
    phone = "1390000" if broken == "phone" else demo.phone()
    told = (paper, phone, hardship, cause, size, yearly, rigid, health, aid)
    return [number, name, _SEXES[sex], *told]


def _grow_old(ledger: LedgerImport) -> None:
    """As if they had been approved on paper a year ago: no service writes into the past."""
    day = timezone.localdate() - timedelta(380)
    people = Beneficiary.objects.filter(
        pk__in=HardshipFile.objects.filter(ledger=ledger).values("person")
    )
    for person in people.order_by("pk")[:_DUE]:
        HardshipFile.objects.filter(person=person, ledger=ledger).update(
            opened_on=day, reviewed_on=day, changed_at=timezone.now() - timedelta(380)
        )
