"""The job row is the truth about background work; the queue only carries its id."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from relief.lib.ids import uuid7


class JobQuerySet(models.QuerySet["Job"]):
    def of(self, user_id: int) -> Self:
        """The jobs a person started; jobs are nobody else's business."""
        return self.filter(owner_id=user_id)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def unfinished(self) -> Self:
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])

    def queued_before(self, instant: datetime) -> Self:
        return self.filter(status=Job.Status.QUEUED, queued_at__lt=instant)

    def running_attempt(self, job_id: uuid.UUID, attempt: int) -> Self:
        """The row only while this attempt is the one that runs: the fence of every worker write."""
        return self.filter(pk=job_id, attempt=attempt, status=Job.Status.RUNNING)

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now()).exclude(result_file="")


class Job(models.Model):
    """One piece of background work: an import, an export, a print run."""

    class Status(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "正在处理"
        DONE = "done", "完成"
        FAILED = "failed", "没有完成"
        INTERRUPTED = "interrupted", "中断了"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("种类", max_length=60)
    title = models.CharField("名称", max_length=120)
    #: The user's id, without a foreign key: this app lies below the one that knows users.
    owner_id = models.BigIntegerField("发起人", db_index=True)
    #: The posting's id, likewise; none for work of no union.
    staff_id = models.BigIntegerField("岗位", null=True, blank=True)
    union_code = models.CharField("单位代码", max_length=20, blank=True)
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField("第几次", default=0)
    done_count = models.PositiveIntegerField("已处理", default=0)
    total_count = models.PositiveIntegerField("共", default=0)
    problem_count = models.PositiveIntegerField("问题", default=0)
    message = models.CharField("说明", max_length=200, blank=True)
    #: The job itself said no (a file without names): the same again would end the same.
    is_refused = models.BooleanField("内容有误", default=False)
    #: Keys, dates, choices. Never a name, a number or anything else of a person.
    arguments = models.JSONField("参数", default=dict, blank=True)
    #: The name in the folder of this job, never a path: a row must not lead to any other file.
    result_file = models.CharField("结果文件", max_length=200, blank=True)
    result_name = models.CharField("文件名", max_length=120, blank=True)
    created_at = models.DateTimeField("提交时间", default=timezone.now, editable=False)
    queued_at = models.DateTimeField("排队时间", default=timezone.now)
    #: The queue's row that carries this job; none when it was lost.
    queue_id = models.UUIDField("队列号", null=True, blank=True, editable=False)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    heartbeat_at = models.DateTimeField("最近一次报告", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    expires_at = models.DateTimeField("文件保留到", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        constraints = [
            models.CheckConstraint(
                name="jobs_job_status_known",
                condition=models.Q(
                    status__in=["queued", "running", "done", "failed", "interrupted"]
                ),
                violation_error_message="任务状态不在规定的几种之内。",
            ),
            models.CheckConstraint(
                name="jobs_job_running_has_heartbeat",
                condition=~models.Q(status="running")
                | models.Q(heartbeat_at__isnull=False, started_at__isnull=False, attempt__gte=1),
                violation_error_message="正在处理的任务必须有开始时间和报告时间。",
            ),
            models.CheckConstraint(
                name="jobs_job_result_is_whole",
                condition=models.Q(result_file="", result_name="", expires_at__isnull=True)
                | (~models.Q(result_name="") & models.Q(expires_at__isnull=False)),
                violation_error_message="结果文件必须同时有文件名和保留期限。",
            ),
            models.CheckConstraint(
                name="jobs_job_result_without_folder",
                condition=models.Q(result_file="")
                | models.Q(result_file__regex=r"^[0-9]+\.[a-z]{1,8}$"),
                violation_error_message="结果文件只能在任务自己的文件夹里。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                name="jobs_job_waiting_idx",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["heartbeat_at"],
                name="jobs_job_running_idx",
                condition=models.Q(status="running"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Nothing more will happen by itself."""
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def can_restart(self) -> bool:
        is_broken = self.status in {self.Status.INTERRUPTED, self.Status.FAILED}
        return is_broken and not self.is_refused

    @property
    def has_file(self) -> bool:
        return bool(self.result_file) and not self.file_is_gone

    @property
    def file_is_gone(self) -> bool:
        """There was a file, and its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def percent(self) -> int:
        if not self.total_count:
            return 0
        return min(100, self.done_count * 100 // self.total_count)

    @property
    def result_path(self) -> Path:
        return folder_of(self.pk) / self.result_file


def folder_of(job_id: uuid.UUID) -> Path:
    """Where the results of all attempts at a job lie."""
    return Path(settings.MEDIA_ROOT) / "jobs" / f"{job_id}"


class NightlyRun(models.Model):
    """That a nightly task was taken on for a day, by whichever machine was first."""

    name = models.CharField("任务", max_length=60)
    day = models.DateField("日期")
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "每日任务"
        verbose_name_plural = "每日任务"
        constraints = [
            models.UniqueConstraint(
                name="jobs_nightlyrun_once_a_day",
                fields=["name", "day"],
                violation_error_message="这项每日任务今天已经有人做了。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
