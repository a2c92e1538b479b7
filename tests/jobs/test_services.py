"""The rules of jobs, without a worker process: fences, restarts, sweeps, nightly tasks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from relief.jobs import nightly, registry, running, services, tasks
from relief.jobs.heartbeat import beat
from relief.jobs.models import Job, NightlyRun
from relief.jobs.running import Running, Stopped, Superseded
from tests.jobs import kinds

pytestmark = pytest.mark.django_db


def enqueue(kind: str = "test-count", **arguments: Any) -> Job:
    return services.enqueue(kind, "导出台账", by_user_id=1, arguments=arguments or {"total": 2})


def claimed(job: Job) -> Running:
    taken = tasks.claim(str(job.pk))
    assert taken is not None
    return Running(taken)


def make_stalled(job: Job) -> None:
    past = timezone.now() - timedelta(minutes=3)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=past)


def superseded(job: Job) -> tuple[Running, Running]:
    """An attempt that lost its job, and the one that has it now."""
    old = claimed(job)
    make_stalled(job)
    assert services.interrupt_stalled() == 1
    services.restart(job)
    return old, claimed(job)


def test_queue_carries_the_id_and_nothing_else() -> None:
    job = enqueue(total=7)
    row = DBTaskResult.objects.get()
    assert row.args_kwargs == {"args": [], "kwargs": {"job_id": str(job.pk)}}
    assert row.pk == job.queue_id


def test_rolled_back_request_leaves_neither_job_nor_queue_row() -> None:
    with transaction.atomic():
        enqueue()
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no-such-kind"):
        services.enqueue("no-such-kind", "导出", by_user_id=1)


def test_two_kinds_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="test-count"):
        registry.job_kind("test-count")(lambda handle: None)


def test_job_is_claimed_once() -> None:
    job = enqueue()
    assert tasks.claim(str(job.pk)) is not None
    assert tasks.claim(str(job.pk)) is None


@pytest.mark.parametrize("act", ["advance", "attach", "commit"])
def test_superseded_attempt_cannot_write(act: str, media: Path) -> None:
    job = enqueue()
    old, new = superseded(job)
    new.advance(1, 2, "第二次")
    reached = False
    with pytest.raises(Superseded):  # noqa: PT012 (the block of commit is the point)
        if act == "advance":
            old.advance(2, 2, "第一次")
        elif act == "attach":
            old.attach(old.new_path(".csv"), "旧.csv")
        else:
            with old.commit():
                reached = True
    job.refresh_from_db()
    assert not reached
    assert (job.done_count, job.message, job.result_name) == (1, "第二次", "")


def test_superseded_attempt_cannot_end_the_job() -> None:
    job = enqueue()
    old, _ = superseded(job)
    with tasks.outcome(old):
        pass
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.RUNNING, 2)


def test_heartbeat_is_written_for_the_attempt_that_runs_only() -> None:
    job = enqueue()
    old, new = superseded(job)
    make_stalled(job)
    assert not beat(old)
    assert services.interrupt_stalled() == 1
    services.restart(job)
    third = claimed(job)
    make_stalled(job)
    assert not beat(new)
    assert beat(third)
    assert services.interrupt_stalled() == 0


def test_error_inside_commit_keeps_nothing() -> None:
    handle = claimed(enqueue())
    with pytest.raises(LookupError), handle.commit():  # noqa: PT012 (both belong inside)
        kinds.keep(handle)
        raise LookupError
    assert not NightlyRun.objects.exists()


def test_refusal_is_told_to_the_person() -> None:
    job = enqueue()
    with tasks.outcome(claimed(job)):
        raise ValidationError("文件里没有“姓名”这一列。")
    job.refresh_from_db()
    assert (job.status, job.message) == (Job.Status.FAILED, "文件里没有“姓名”这一列。")
    with pytest.raises(ValidationError):
        services.restart(job)


def test_arguments_go_when_they_are_no_longer_needed() -> None:
    done, broken = enqueue(total=1), enqueue(total=1)
    with tasks.outcome(claimed(done)):
        pass
    with tasks.outcome(claimed(broken)):
        raise LookupError
    done.refresh_from_db()
    broken.refresh_from_db()
    assert done.arguments == {}
    assert broken.arguments == {"total": 1}, "needed to start it again"


def test_unexpected_failure_can_be_started_again() -> None:
    job = enqueue()
    with tasks.outcome(claimed(job)):
        raise LookupError
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert services.restart(job).status == Job.Status.QUEUED


def test_restart_twice_queues_once() -> None:
    job = enqueue()
    claimed(job)
    make_stalled(job)
    services.interrupt_stalled()
    services.restart(job)
    with pytest.raises(ValidationError) as refusal:
        services.restart(job)
    assert refusal.value.code == "job_not_restartable"


@pytest.mark.parametrize("status", [Job.Status.QUEUED, Job.Status.DONE])
def test_only_interrupted_and_failed_jobs_restart(status: Job.Status) -> None:
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(status=status)
    with pytest.raises(ValidationError):
        services.restart(job)


def test_counts_are_written_at_most_once_a_second_and_at_the_end() -> None:
    job = enqueue()
    taken = tasks.claim(str(job.pk))
    assert taken is not None
    now = 100.0
    handle = Running(taken, clock=lambda: now)
    handle.advance(1, 500)
    handle.advance(2, 500)
    job.refresh_from_db()
    assert job.done_count == 1
    now += 1
    handle.advance(3, 500)
    job.refresh_from_db()
    assert job.done_count == 3
    handle.advance(500, 500)
    job.refresh_from_db()
    assert job.done_count == 500


def test_job_of_an_ending_worker_goes_back_to_the_queue() -> None:
    job = enqueue()
    handle = claimed(job)
    running.stopping.set()
    try:
        with tasks.outcome(handle):
            handle.advance(1, 2)
    finally:
        running.stopping.clear()
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert DBTaskResult.objects.filter(pk__in=[job.queue_id]).exists()
    with pytest.raises(Superseded):
        handle.advance(2, 2)


def test_stopped_is_raised_before_anything_is_written() -> None:
    job = enqueue()
    handle = claimed(job)
    running.stopping.set()
    try:
        with pytest.raises(Stopped):
            handle.advance(1, 2)
    finally:
        running.stopping.clear()
    job.refresh_from_db()
    assert job.done_count == 0


def test_job_without_a_queue_row_is_queued_again() -> None:
    job = enqueue()
    waiting = enqueue()
    DBTaskResult.objects.filter(pk__in=[job.queue_id]).delete()
    assert services.requeue_lost() == 0, "it waits only for a moment"
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=3))
    assert services.requeue_lost() == 1
    job.refresh_from_db()
    waiting.refresh_from_db()
    assert DBTaskResult.objects.filter(pk__in=[job.queue_id]).exists()
    assert DBTaskResult.objects.count() == 2


def test_expired_file_is_deleted_and_the_row_stays(media: Path) -> None:
    job = enqueue()
    handle = claimed(job)
    path = handle.new_path(".csv")
    path.write_text("x", encoding="utf-8")
    with tasks.outcome(handle):
        handle.attach(path, "台账.csv")
    assert services.delete_expired() == 0
    Job.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.delete_expired() == 1
    assert not path.exists()
    job.refresh_from_db()
    assert (job.status, job.result_file, job.result_name) == (Job.Status.DONE, "", "台账.csv")
    assert job.file_is_gone


def test_only_a_file_of_the_job_itself_is_its_result(media: Path, tmp_path: Path) -> None:
    handle, other = claimed(enqueue()), claimed(enqueue())
    for path in (tmp_path / "1.csv", media / "1.csv", other.new_path(".csv")):
        with pytest.raises(ValueError, match="folder of its job"):
            handle.attach(path, "x.csv")


@pytest.mark.parametrize(
    "path", ["../secrets/secret_key", "/etc/passwd", "jobs/1.csv", "..", "1.csv/..", "1.csv\n"]
)
def test_a_row_leads_to_no_file_elsewhere(path: str) -> None:
    """Whoever reaches SQL as the app must not read or remove files of the machine by it."""
    job = enqueue()
    values = {"result_file": path, "result_name": "x.csv", "expires_at": timezone.now()}
    with (
        pytest.raises(IntegrityError, match="jobs_job_result_without_folder"),
        transaction.atomic(),
    ):
        Job.objects.filter(pk=job.pk).update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("jobs_job_status_known", {"status": "lost"}),
        ("jobs_job_running_has_heartbeat", {"status": "running"}),
        ("jobs_job_result_is_whole", {"result_file": "a.csv"}),
    ],
)
def test_database_refuses_impossible_rows(constraint: str, values: dict[str, str]) -> None:
    job = enqueue()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**values)


@pytest.fixture
def nightly_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One nightly task, due from the first hour on, which notes that it ran."""
    calls: list[str] = []
    monkeypatch.setattr(registry, "_nightly", {})
    registry.nightly("anchor", hour=0)(lambda: calls.append("ran"))
    registry.nightly("late", hour=24)(lambda: calls.append("never"))
    return calls


def test_nightly_task_is_taken_on_once_a_day(nightly_calls: list[str]) -> None:
    assert nightly.enqueue_due() == ["anchor"]
    assert nightly.enqueue_due() == []
    assert DBTaskResult.objects.count() == 1


def test_nightly_task_notes_its_end(nightly_calls: list[str]) -> None:
    nightly.enqueue_due()
    run = NightlyRun.objects.get()
    tasks.run_nightly.func(name=run.name, day=run.day.isoformat())
    run.refresh_from_db()
    assert nightly_calls == ["ran"]
    assert run.finished_at is not None


def test_nightly_task_that_did_not_end_is_due_again_after_an_hour(nightly_calls: list[str]) -> None:
    nightly.enqueue_due()
    NightlyRun.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert nightly.enqueue_due() == ["anchor"]
    NightlyRun.objects.update(
        started_at=timezone.now() - timedelta(minutes=61), finished_at=timezone.now()
    )
    assert nightly.enqueue_due() == []


def test_failed_nightly_task_keeps_no_values(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError("王五")

    monkeypatch.setattr(registry, "_nightly", {})
    registry.nightly("anchor", hour=0)(fail)
    nightly.enqueue_due()
    run = NightlyRun.objects.get()
    tasks.run_nightly.func(name=run.name, day=run.day.isoformat())
    run.refresh_from_db()
    assert run.finished_at is None
    assert "nightly task failed" in caplog.text
