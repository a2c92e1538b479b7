"""What the tests of the pages of imports share: a ledger with mistakes, and what a browser does."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from beneficiaries.models import LedgerImport
from relief.jobs.tasks import run_job
from tests.beneficiaries.ledgers import rows_of
from tests.beneficiaries.numbers import id_number

ZHANG, LI, WANG = id_number(401), id_number(402), id_number(405)
BROKEN = f"{ZHANG[:-1]}{(int(ZHANG[-1], 36) + 1) % 10}"
HEADINGS = ["姓名", "身份证号", "手机", "困难类别", "慰问金", "备注"]
ROWS: list[list[Any]] = [
    HEADINGS,
    ["张三", BROKEN, "13800001234", "深度困难", 500, "每周透析"],
    ["李四", LI, "13800004321", "特别困难户", 300, ""],
    ["王五", WANG, "", "深度困难", 200, ""],
    ["合计", "", "", "", 1000, ""],
]
#: Nobody reads these by the way.
SECRETS = (BROKEN, LI, WANG, "13800001234", "13800004321", "每周透析")


def at(name: str, ledger: LedgerImport, **query: str) -> str:
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(name, args=[ledger.pk]) + (f"?{words}" if words else "")


def now(ledger: LedgerImport) -> LedgerImport:
    return LedgerImport.objects.select_related("union").get(pk=ledger.pk)


def work(ledger: LedgerImport) -> LedgerImport:
    """The worker takes the job of the import."""
    run_job.call(job_id=str(now(ledger).job))
    return now(ledger)


def said(response: Any) -> str:
    """The words of the page, without its marks."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"<[^>]+>|\s+", "", main)


def version_on(response: Any) -> int:
    """What the first form of the page would post."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', response.content.decode())
    assert found is not None
    return int(found[1])


def decide(client: Client, ledger: LedgerImport, decision: str) -> Any:
    data = {"version": now(ledger).version, "decision": decision}
    return client.post(at("ledger-decide", ledger), data, follow=True)


def mend(client: Client, ledger: LedgerImport, text: Any, **details: Any) -> Any:
    row = rows_of(ledger)[0]
    data = {"version": now(ledger).version, "field": "id_number", "text": text}
    url = f"{reverse('ledger-mend', args=[row.pk])}?problem=id_checksum:id_number"
    return client.post(url, data | details)


def answer_all(client: Client, ledger: LedgerImport) -> None:
    for name in ("brake", "sums"):
        decide(client, ledger, f"{name}||")


def write(client: Client, ledger: LedgerImport) -> LedgerImport:
    answer_all(client, ledger)
    client.post(at("ledger-apply", ledger), {"version": now(ledger).version})
    return work(ledger)
