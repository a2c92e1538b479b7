from typing import Self

import pgtrigger
from django.db import models

from relief.lib.triggers import AppendOnly, Guard, NoTruncate

#: Chain of events that belong to no union: failed log-ins, system administration.
SYSTEM_CHAIN = "system"
#: Hash before the first link.
GENESIS = "0" * 64


class EventQuerySet(models.QuerySet["Event"]):
    def within(self, path: str) -> Self:
        """Events of postings at or below the union path; callers get it from the staff's scope."""
        return self.filter(union_path__startswith=path)

    def about(self, object_type: str, object_id: object) -> Self:
        return self.filter(object_type=object_type, object_id=str(object_id))

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Event(models.Model):
    """One thing that somebody did or was refused; written once, never changed.

    Ids, counts and codes only: never a name, number or address of a person who is helped.
    `at`, `seq`, `previous_hash`, `hash` and the key itself are set by the database.
    """

    class Action(models.TextChoices):
        LOG_IN = "log_in", "登录"
        LOG_OUT = "log_out", "退出登录"
        LOG_IN_FAILED = "log_in_failed", "登录失败"
        LOCKED_OUT = "locked_out", "登录被暂停"
        SECOND_FACTOR = "second_factor", "二次验证"
        REAUTHENTICATE = "reauthenticate", "再次确认身份"
        ACTIVATE = "activate", "激活账号"
        PASSWORD_CHANGE = "password_change", "修改密码"
        SESSION_END = "session_end", "结束会话"
        POSTING_SWITCH = "posting_switch", "切换岗位"
        ACCESS_DENIED = "access_denied", "无权访问"
        LIMIT_REACHED = "limit_reached", "操作过于频繁"
        CREATE = "create", "新建"
        CHANGE = "change", "修改"
        MOVE = "move", "调整上级"
        CLOSE = "close", "撤销机构"
        MERGE = "merge", "合并"
        ERASE = "erase", "删除个人信息"
        POST = "post", "任命岗位"
        END = "end", "结束岗位"
        DISABLE = "disable", "停用账号"
        ENABLE = "enable", "启用账号"
        ISSUE_CODE = "issue_code", "发激活码"
        HAND_OVER = "hand_over", "移交工作"
        FACTOR_RESET = "factor_reset", "重置二次验证"
        IMPORT = "import", "导入"
        EXPORT = "export", "导出"
        REVEAL = "reveal", "显示全号"
        LOOK_UP = "look_up", "按证件号码查找"
        PRINT = "print", "打印"
        SUBMIT = "submit", "提交申报"
        DECIDE = "decide", "审批"
        FLAG = "flag", "异常提醒"
        SETTING = "setting", "系统设置"

    class Result(models.TextChoices):
        DONE = "done", "成功"
        REFUSED = "refused", "被拒绝"

    chain = models.CharField("链", max_length=40)
    seq = models.BigIntegerField("链内序号", editable=False, default=0)
    previous_hash = models.CharField(max_length=64, editable=False, default="")
    hash = models.CharField(max_length=64, editable=False, default="")
    at = models.DateTimeField("时间", editable=False, auto_now_add=True)
    action = models.CharField("动作", max_length=30, choices=Action.choices)
    result = models.CharField("结果", max_length=10, choices=Result.choices, default=Result.DONE)
    actor_id = models.BigIntegerField("操作人", null=True, blank=True)
    staff_id = models.BigIntegerField("岗位", null=True, blank=True)
    role = models.CharField("角色", max_length=20, blank=True)
    union_path = models.CharField("机构路径", max_length=300, blank=True, db_collation="C")
    object_type = models.CharField("对象类型", max_length=60, blank=True)
    object_id = models.CharField("对象", max_length=60, blank=True)
    request_id = models.CharField("请求编号", max_length=20, blank=True)
    address = models.GenericIPAddressField("来源地址", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    details = models.JSONField("详情", default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "操作记录"
        verbose_name_plural = "操作日志"
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="audit_event_one_row_per_link"),
            models.CheckConstraint(
                condition=models.Q(reason__regex=r"^[^[:cntrl:]]*$"),
                name="audit_event_reason_one_line",
                violation_error_message="理由里不能有换行或控制字符。",
            ),
            models.CheckConstraint(
                condition=models.Q(chain__regex=r"^[A-Za-z0-9_-]+$", action__regex=r"^[a-z_]+$"),
                name="audit_event_chain_and_action_shape",
                violation_error_message="链和动作只用字母、数字和横线。",
            ),
            models.CheckConstraint(
                condition=models.Q(result__in=["done", "refused"]),
                name="audit_event_result_known",
                violation_error_message="结果只有成功和被拒绝。",
            ),
        ]
        indexes = [
            models.Index(fields=["actor_id", "-id"], name="audit_event_actor_idx"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_event_object_idx"),
            models.Index(fields=["union_path", "-id"], name="audit_event_union_path_idx"),
            models.Index(fields=["at"], name="audit_event_at_idx"),
        ]
        triggers = [
            AppendOnly(),
            NoTruncate(),
            Guard(
                name="link_into_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("head", "audit_chainhead%ROWTYPE")],
                # The key comes from the sequence whatever the caller sent: so no ON CONFLICT can
                # advance the chain without leaving a row. The head row serialises one chain.
                # Chains are opened with their union (unions.models.union), never by an event.
                func="""
                    NEW.id := nextval(pg_get_serial_sequence('audit_event', 'id'));
                    SELECT * INTO head FROM audit_chainhead WHERE chain = NEW.chain FOR UPDATE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'no such chain' USING ERRCODE = '23R12';
                    END IF;
                    NEW.at := clock_timestamp();
                    NEW.seq := head.seq + 1;
                    NEW.previous_hash := head.hash;
                    NEW.hash := audit_event_hash(NEW);
                    UPDATE audit_chainhead SET seq = NEW.seq, hash = NEW.hash
                        WHERE chain = NEW.chain;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq} {self.action}"


class ChainHead(models.Model):
    """Where a chain ends: a cut-off tail shows because the head names a later link."""

    chain = models.CharField(primary_key=True, max_length=40)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        verbose_name = "链头"
        verbose_name_plural = "链头"

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq}"
