"""What the worker does for imports. A job that was killed is 中断了 and begins anew."""

from beneficiaries.models import LedgerImport
from beneficiaries.services.ledgers.forgetting import throw_away_old
from beneficiaries.services.ledgers.reading import read_ledger
from beneficiaries.services.ledgers.receiving import READ_JOB, STAGE_JOB
from beneficiaries.services.ledgers.staging import stage_rows
from relief.jobs.registry import job_kind, nightly
from relief.jobs.running import Running
from unions.models import Staff


@nightly("ledgers-throw-away")
def throw_away() -> None:
    throw_away_old()


@job_kind(READ_JOB)
def read(running: Running) -> None:
    ledger = LedgerImport.objects.get(pk=running.arguments["ledger"])
    if ledger.status != LedgerImport.Status.UPLOADED:
        running.conclusion = "已经读过。"
        return
    read_ledger(ledger, running)
    running.conclusion = "读完了，请核对每一列是什么。"


@job_kind(STAGE_JOB)
def stage(running: Running) -> None:
    ledger = LedgerImport.objects.get(pk=running.arguments["ledger"])
    by = Staff.objects.select_related("union").get(pk=running.arguments["staff"])
    if ledger.status == LedgerImport.Status.STAGED:
        running.conclusion = "已经核对过。"
        return
    counts = stage_rows(ledger, running, by=by).counts
    running.conclusion = (
        f"核对完 {counts['read']} 行：新增 {counts['new']}，有变化 {counts['changed']}，"
        f"要处理 {counts['mend']}，重复 {counts['duplicate']}。还没有写入。"
    )
