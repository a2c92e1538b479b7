"""Postings: who works where as what, from when to when."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.models import Event
from relief.lib.periods import overlapping
from unions import slots
from unions.models import IncompatibleRoles, Staff, Union, User
from unions.models.staff import StaffQuerySet
from unions.permissions import Capability, Command, Role, grant_capability, require
from unions.services.accounts import keep_one_administrator
from unions.services.messages import notify
from unions.services.trail import posting_of, record
from unions.services.tree import require_open
from unions.standing import require_reach

#: How far back a posting may begin that was not entered in time.
EARLIEST = timedelta(days=366)


@transaction.atomic
def post_staff(
    *,
    by: Staff | Command,
    user: User,
    union: Union,
    role: str,
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Staff:
    """Give a person a role at a union for a period.

    A posting that was not entered in time may begin up to a year back: a mistyped year would
    otherwise make somebody responsible for decades. A command (补录) may go back further.
    Raises PermissionDenied: an account from elsewhere.
    Raises ValidationError: for oneself, union closed, too early, same posting overlaps, roles
    incompatible.
    """
    require(by, grant_capability(role), at=union)
    if isinstance(by, Staff):
        require_reach(by, user)
        if by.user_id == user.pk:
            raise ValidationError("不能给自己任命岗位。", code="own_posting")
    require_open(union, field="union")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    staff = Staff(
        user=user,
        union=union,
        role=role,
        title=title,
        starts_on=starts_on or timezone.localdate(),
        ends_on=ends_on,
        posted_by=posting_of(by),
    )
    if isinstance(by, Staff) and staff.starts_on < timezone.localdate() - EARLIEST:
        text = "开始日期最多补登一年以内的，请核对年份。"
        raise ValidationError({"starts_on": ValidationError(text, code="too_early")})
    if ends_on is not None and ends_on < staff.starts_on:
        text = "结束日期不能早于开始日期。"
        raise ValidationError({"ends_on": ValidationError(text, code="period_backwards")})
    staff.full_clean()
    _refuse_overlap(staff)
    _refuse_incompatible(staff)
    staff.save(force_insert=True)
    _renew_rights(user)
    record(by, Event.Action.POST, staff, role=role, union=union.code, user=user.pk)
    return staff


@transaction.atomic
def end_staff(*, by: Staff, staff: Staff, ends_on: date, reason: str) -> Staff:
    """End a posting with `ends_on` as its last day; yesterday ends it at once.

    Raises ValidationError: own posting, already ended, before it began, last administrator.
    """
    require(by, grant_capability(staff.role), at=staff.union)
    if by.user_id == staff.user_id:
        raise ValidationError("不能结束自己的岗位，请找上级管理员。", code="own_posting")
    if staff.can(Capability.MANAGE_SYSTEM):
        keep_one_administrator(staff.user)  # locks postings in order, so before the own one
    current = Staff.objects.select_for_update(of=("self",)).with_people().get(pk=staff.pk)
    if current.ends_on is not None and current.ends_on < timezone.localdate():
        raise ValidationError("这个岗位已经结束。", code="ended")
    if current.ends_on is not None and ends_on > current.ends_on:
        text = "不能比原来的结束日期更晚。要延长，请另任命一个岗位。"
        raise ValidationError({"ends_on": ValidationError(text, code="prolonged")})
    current.ends_on = ends_on
    current.full_clean()
    current.save(update_fields=["ends_on"])
    _renew_rights(current.user)
    record(by, Event.Action.END, current, reason=reason, role=current.role)
    return current


@transaction.atomic
def hand_over(*, by: Staff, staff: Staff, to: Staff, reason: str) -> list[slots.OpenWork]:
    """Give the open work of one posting to another posting at the same union.

    Returns what was handed over, by kind of work; the apps that know the work move it.
    Raises ValidationError: same person, another union, receiver not live, role differs.
    """
    require(by, grant_capability(staff.role), at=staff.union)
    require(by, grant_capability(to.role), at=to.union)
    if staff.user_id == to.user_id:
        raise ValidationError({"to": ValidationError("请选另一个人接手。", code="same_person")})
    if not to.is_live():
        raise ValidationError({"to": ValidationError("接手人的岗位已经结束。", code="not_live")})
    if staff.union_id != to.union_id or staff.role != to.role:
        raise ValidationError(
            {
                "to": ValidationError(
                    "接手人要在同一机构担任同样的角色。", code="other_union_or_role"
                )
            }
        )
    moved = slots.hand_over.run(staff, to)
    total = sum(work.count for work in moved)
    if total:
        notify(
            by=by,
            to=to.user,
            staff=to,
            kind="news",
            text=f"{staff.user.full_name}的 {total} 项工作已移交给您。",
        )
    record(by, Event.Action.HAND_OVER, staff, reason=reason, to=to.pk, count=total)
    return moved


def _refuse_overlap(staff: Staff) -> None:
    if _at_the_same_time(staff).filter(union=staff.union, role=staff.role).exists():
        raise ValidationError(
            {"role": ValidationError("这个人在这段时间已经有同样的岗位。", code="posting_overlaps")}
        )


def _refuse_incompatible(staff: Staff) -> None:
    pairs = IncompatibleRoles.objects.filter(Q(first=staff.role) | Q(second=staff.role))
    for pair in pairs:
        other_role = pair.second if pair.first == staff.role else pair.first
        others = _at_the_same_time(staff).filter(role=other_role)
        if not pair.anywhere:
            others = others.filter(union=staff.union)
        if others.exists():
            raise ValidationError(
                {
                    "role": ValidationError(
                        f"{Role(staff.role).label}与此人已有的{Role(other_role).label}"
                        f"岗位不相容：{pair.reason}",
                        code="roles_incompatible",
                    )
                }
            )


def _at_the_same_time(staff: Staff) -> StaffQuerySet:
    return Staff.objects.filter(overlapping(staff.starts_on, staff.ends_on), user=staff.user)


def _renew_rights(user: User) -> None:
    """Sessions opened with the old rights end at their next request."""
    User.objects.filter(pk=user.pk).update(auth_version=F("auth_version") + 1)
