"""What the worker does for imports. A job that was killed is 中断了 and begins anew."""

from beneficiaries.models import LedgerImport
from beneficiaries.services.ledgers import problem_book
from beneficiaries.services.ledgers.applying import APPLY_JOB, apply_ledger
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


@job_kind(problem_book.JOB)
def write_problems(running: Running) -> None:
    ledger = LedgerImport.objects.select_related("union").get(pk=running.arguments["ledger"])
    by = Staff.objects.select_related("union", "user").get(pk=running.arguments["staff"])
    path = running.new_path(".xlsx")
    with path.open("w+b") as target, running.commit():
        rows = problem_book.write_problem_rows(by=by, ledger=ledger, target=target)
        running.attach(path, problem_book.name_of(ledger), age=problem_book.FILE_AGE)
    running.conclusion = f"{rows} 行要处理，一天内可以下载。"


@job_kind(APPLY_JOB)
def apply(running: Running) -> None:
    ledger = LedgerImport.objects.get(pk=running.arguments["ledger"])
    by = Staff.objects.select_related("union", "user").get(pk=running.arguments["staff"])
    version = running.arguments["version"]
    if ledger.is_written and ledger.version > version:
        running.conclusion = "已经写入过。"  # killed after the transaction and before its end
        return
    counts = apply_ledger(by=by, ledger=ledger, version=version, progress=running).counts
    held = counts["mend"] + counts["duplicate"]
    running.conclusion = (
        f"写入 {counts['written']} 行：新增 {counts['new']}，更新 {counts['changed']}。"
    )
    if held:
        running.conclusion += f"还有 {held} 行没有写入，处理后可以再写。"
