"""导入导出记录: one's own jobs, the polled row, the file."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from relief.jobs import services, tasks
from relief.jobs.models import Job
from relief.jobs.running import Running
from tests.jobs import kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Any:
    return get_user_model().objects.create(username="ann", full_name="安宁")


@pytest.fixture
def other() -> Any:
    return get_user_model().objects.create(username="ben", full_name="卞恩")


@pytest.fixture
def own_client(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def job(owner: Any) -> Job:
    return services.enqueue(
        "test-count", "导出困难职工台账", by_user_id=owner.pk, arguments={"total": 2}
    )


@pytest.fixture
def finished(job: Job, media: Path) -> Job:
    taken = tasks.claim(str(job.pk))
    assert taken is not None
    handle = Running(taken)
    with tasks.outcome(handle):
        kinds.count(handle)
    job.refresh_from_db()
    return job


def test_list_shows_own_jobs_only(own_client: Client, job: Job, other: Any) -> None:
    services.enqueue("test-count", "别人的导出", by_user_id=other.pk, arguments={"total": 1})
    page = own_client.get(reverse("job-list")).content.decode()
    assert "导出困难职工台账" in page
    assert "排队中" in page
    assert "别人的导出" not in page


def test_empty_list_says_what_will_be_here(own_client: Client) -> None:
    assert "还没有导入或导出过" in own_client.get(reverse("job-list")).content.decode()


def test_list_costs_the_same_for_two_and_twelve_jobs(
    own_client: Client, owner: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def add(number: int) -> None:
        for _ in range(number):
            services.enqueue("test-count", "导出", by_user_id=owner.pk, arguments={"total": 1})

    add(2)
    own_client.get(reverse("job-list"))  # the first page of a session notes its time
    with CaptureQueriesContext(connection) as few:
        own_client.get(reverse("job-list"))
    add(10)
    with django_assert_num_queries(len(few)):
        own_client.get(reverse("job-list"))


def test_list_pages(own_client: Client, owner: Any) -> None:
    for number in range(21):
        services.enqueue("test-count", f"导出 {number}", by_user_id=owner.pk, arguments={})
    assert "导出 20" in own_client.get(reverse("job-list")).content.decode()
    second = own_client.get(reverse("job-list"), {"page": 2}).content.decode()
    assert "导出 0" in second
    assert "导出 20" not in second


def test_row_asks_again_until_the_job_is_over(own_client: Client, job: Job) -> None:
    url = reverse("job-progress", args=[job.pk])
    row = own_client.get(url, headers={"HX-Request": "true"})
    assert row.status_code == 200
    assert 'hx-trigger="every 2s"' in row.content.decode()
    assert "<html" not in row.content.decode()

    taken = tasks.claim(str(job.pk))
    assert taken is not None
    Running(taken).advance(3200, 5000)
    assert "3,200 / 5,000" in own_client.get(url).content.decode()

    with tasks.outcome(Running(taken)):
        pass
    over = own_client.get(url, headers={"HX-Request": "true"})
    assert over.status_code == 286
    assert "hx-trigger" not in over.content.decode()
    assert "完成" in over.content.decode()


def test_page_without_javascript_is_whole_and_can_be_reloaded(own_client: Client, job: Job) -> None:
    page = own_client.get(reverse("job-progress", args=[job.pk]))
    assert "刷新" in page.content.decode()
    assert "可以关掉本页" in page.content.decode()


@pytest.mark.parametrize("name", ["job-progress", "job-restart", "job-download"])
def test_job_of_another_does_not_exist(
    own_client: Client, finished: Job, other: Any, name: str
) -> None:
    Job.objects.update(owner_id=other.pk)
    url = reverse(name, args=[finished.pk])
    response = own_client.post(url) if name == "job-restart" else own_client.get(url)
    assert response.status_code == 404


@pytest.mark.parametrize("name", ["job-list", "job-progress", "job-download"])
def test_anonymous_visitor_is_sent_to_the_log_in(client: Client, job: Job, name: str) -> None:
    url = reverse(name, args=[] if name == "job-list" else [job.pk])
    response = client.get(url)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("login"))


def test_interrupted_job_is_started_again_by_its_button(own_client: Client, job: Job) -> None:
    tasks.claim(str(job.pk))
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    services.interrupt_stalled()
    page = own_client.get(reverse("job-list")).content.decode()
    assert "中断了" in page
    assert "重新开始" in page
    response = own_client.post(reverse("job-restart", args=[job.pk]), follow=True)
    assert "已重新排队" in response.content.decode()
    again = own_client.post(reverse("job-restart", args=[job.pk]), follow=True)
    assert "不用再点" in again.content.decode()
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED


def test_restart_is_no_link(own_client: Client, job: Job) -> None:
    assert own_client.get(reverse("job-restart", args=[job.pk])).status_code == 405


def test_file_comes_under_its_chinese_name(own_client: Client, finished: Job) -> None:
    response = own_client.get(reverse("job-download", args=[finished.pk]))
    assert response.status_code == 200
    encoded = quote("困难职工台账 2026.csv")
    assert response.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{encoded}"
    assert response.headers["Cache-Control"] == "no-store"
    assert b"".join(response.streaming_content).decode() == "姓名\n"  # type: ignore[attr-defined]


def test_name_cannot_break_out_of_its_header(own_client: Client, finished: Job) -> None:
    Job.objects.update(result_name='a"\r\nSet-Cookie: x=1;.csv')
    response = own_client.get(reverse("job-download", args=[finished.pk]))
    assert "\n" not in response.headers["Content-Disposition"]
    assert "Set-Cookie" not in response.headers
    response.close()


@pytest.mark.parametrize("how", ["expired", "deleted", "lost"])
def test_file_that_is_gone_is_told_in_words(own_client: Client, finished: Job, how: str) -> None:
    if how == "expired":
        Job.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "deleted":
        Job.objects.update(result_file="")
    else:
        finished.result_path.unlink()
    response = own_client.get(reverse("job-download", args=[finished.pk]))
    assert response.status_code == 410
    assert "只保留 30 天" in response.content.decode()


def test_job_without_a_file_has_nothing_to_download(own_client: Client, job: Job) -> None:
    assert own_client.get(reverse("job-download", args=[job.pk])).status_code == 404
