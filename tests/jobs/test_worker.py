"""The worker as a real process: killed, stopped, woken up too late, left alone."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from relief.jobs import services
from relief.jobs.models import Job, NightlyRun
from tests.jobs.conftest import Gate, Worker

pytestmark = pytest.mark.django_db(transaction=True)

StartWorker = Callable[..., Worker]


def enqueue(kind: str, **arguments: Any) -> Job:
    return services.enqueue(kind, "导出台账", by_user_id=1, arguments=arguments)


def let_heartbeat_grow_old(job: Job) -> None:
    """As if the two minutes had passed."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=3))


def times_kept(job: Job) -> int:
    return NightlyRun.objects.filter(name__startswith=f"kept by {job.pk}").count()


def run_out(worker: Worker) -> None:
    output, _ = worker.communicate(timeout=60)
    assert worker.returncode == 0, output.decode()


def test_job_runs_and_leaves_its_file(start_worker: StartWorker) -> None:
    job = enqueue("test-count", total=3)
    run_out(start_worker("--once"))
    job.refresh_from_db()
    assert (job.status, job.done_count, job.total_count) == (Job.Status.DONE, 3, 3)
    assert job.message == "写出 3 人。", "not the last word of its progress"
    assert job.has_file
    assert job.result_path.read_text(encoding="utf-8") == "姓名\n"


def test_killed_worker_leaves_an_interrupted_job_that_finishes_once_when_restarted(
    start_worker: StartWorker, gate: Gate
) -> None:
    job = enqueue("test-wait")
    worker = start_worker()
    gate.wait_for_arrival()
    worker.kill()
    worker.wait(timeout=60)
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING
    assert services.interrupt_stalled() == 0, "its last heartbeat is still young"

    let_heartbeat_grow_old(job)
    assert services.interrupt_stalled() == 1
    job.refresh_from_db()
    assert job.status == Job.Status.INTERRUPTED

    services.restart(job)
    gate.open()
    run_out(start_worker("--once"))
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.DONE, 2)
    assert times_kept(job) == 1


def test_worker_killed_in_the_middle_of_its_commit_keeps_nothing(
    start_worker: StartWorker, gate: Gate
) -> None:
    job = enqueue("test-wait-inside")
    worker = start_worker()
    gate.wait_for_arrival()
    assert_commit_holds_the_row(job)
    worker.kill()
    worker.wait(timeout=60)
    gate.open()
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)  # returns when the server has rolled back
    assert times_kept(job) == 0

    let_heartbeat_grow_old(job)
    assert services.interrupt_stalled() == 1
    services.restart(job)
    run_out(start_worker("--once"))
    assert times_kept(job) == 1


def test_worker_that_wakes_up_after_a_restart_writes_nothing(
    start_worker: StartWorker, gate: Gate
) -> None:
    job = enqueue("test-wait")
    sleeper = start_worker("--once")
    gate.wait_for_arrival()
    os.kill(sleeper.pid, signal.SIGSTOP)
    let_heartbeat_grow_old(job)
    services.interrupt_stalled()
    services.restart(job)
    gate.open()
    run_out(start_worker("--once"))
    job.refresh_from_db()
    finished_at = job.finished_at
    assert (job.status, job.attempt) == (Job.Status.DONE, 2)

    os.kill(sleeper.pid, signal.SIGCONT)
    run_out(sleeper)
    job.refresh_from_db()
    assert (job.status, job.attempt, job.finished_at) == (Job.Status.DONE, 2, finished_at)
    assert times_kept(job) == 1


def test_terminated_worker_gives_its_job_back(start_worker: StartWorker, gate: Gate) -> None:
    job = enqueue("test-wait")
    worker = start_worker()
    gate.wait_for_arrival()
    worker.terminate()
    gate.open()
    run_out(worker)
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    run_out(start_worker("--once"))
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.DONE, 2)
    assert times_kept(job) == 1


def test_worker_ends_when_its_parent_is_gone(start_worker: StartWorker, gate: Gate) -> None:
    """The parent is killed, so it can tell nobody; the worker is at work at that moment."""
    job = enqueue("test-wait")
    program = (
        "import os, subprocess, sys;"
        "os.environ['RELIEF_PARENT_PID'] = str(os.getpid());"
        "subprocess.Popen(sys.argv[1:]).wait()"
    )
    parent = start_worker(before=[sys.executable, "-c", program])
    gate.wait_for_arrival()
    parent.kill()
    parent.wait(timeout=60)
    gate.open()
    parent.communicate(timeout=60)  # the worker holds the other end until it ends
    job.refresh_from_db()
    assert job.status in {Job.Status.QUEUED, Job.Status.DONE}


def test_statement_of_a_job_may_take_longer_than_that_of_a_page(start_worker: StartWorker) -> None:
    job = enqueue("test-timeout")
    run_out(start_worker("--once"))
    job.refresh_from_db()
    assert job.message == "10min"


def test_failure_is_told_in_words_and_leaks_nothing(start_worker: StartWorker) -> None:
    job = enqueue("test-fail")
    worker = start_worker("--once")
    output, _ = worker.communicate(timeout=60)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "出了错" in job.message
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM django_tasks_database_dbtaskresult AS t")
        stored = str(cursor.fetchall())
    for canary in ("王五", "110101199003072316"):
        assert canary not in output.decode()
        assert canary not in stored
        assert canary not in job.message
    assert "tests/jobs/kinds.py" in output.decode(), "the log says where it happened"


def assert_commit_holds_the_row(job: Job) -> None:
    """While a commit is under way the row is locked: old or not, nobody may interrupt it."""
    with transaction.atomic():
        free = Job.objects.select_for_update(skip_locked=True).filter(pk=job.pk)
        assert not list(free)
