from typing import Final, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from beneficiaries.models.coded import finite, of_its_list, one_of
from campaigns import lifecycle
from campaigns.lifecycle import Status
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import AppendOnly, Guard, NeverDelete, NoTruncate
from unions.models import Staff, Union, User
from unions.scope import ScopedQuerySet, ancestor_paths

_TABLE: Final = "campaigns_campaign"
CODE_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9-]{1,39}$"
NOTE_LENGTH: Final = 2000
code_shape = RegexValidator(CODE_PATTERN, "活动编号只用字母、数字和横线，2 到 40 位。")

_DECISIVE: Final = ", ".join(f"{{row}}.{column}" for column in lifecycle.DECISIVE)
_LEGAL_STEP: Final = f"""
    IF (OLD.status, NEW.status) NOT IN ({lifecycle.legal_steps_sql()}) THEN
        RAISE EXCEPTION 'no such step: % to %', OLD.status, NEW.status USING ERRCODE = '23R07';
    END IF;
    RETURN NEW;
"""
# Who handed in and who approved belong to a step. What was handed in or approved stays as it is;
# what ended stays altogether.
_STANDS: Final = f"""
    IF (NEW.code, NEW.host_id, NEW.created_by_id)
        IS DISTINCT FROM (OLD.code, OLD.host_id, OLD.created_by_id)
    THEN
        RAISE EXCEPTION 'host and maker stay' USING ERRCODE = '23R10';
    END IF;
    IF OLD.status <> 'draft'
        AND ({_DECISIVE.format(row="NEW")}) IS DISTINCT FROM ({_DECISIVE.format(row="OLD")})
    THEN
        RAISE EXCEPTION 'planned as it stands' USING ERRCODE = '23R10';
    END IF;
    IF NEW.status = OLD.status AND (
        NEW.submitted_by_id, NEW.approved_by_id, NEW.approved_on, NEW.closed_on
    ) IS DISTINCT FROM (
        OLD.submitted_by_id, OLD.approved_by_id, OLD.approved_on, OLD.closed_on
    ) THEN
        RAISE EXCEPTION 'makers stay' USING ERRCODE = '23R10';
    END IF;
    IF OLD.status IN ('archived', 'void') THEN
        RAISE EXCEPTION 'ended as it stands' USING ERRCODE = '23R10';
    END IF;
    RETURN NEW;
"""


class CampaignQuerySet(ScopedQuerySet["Campaign"]):
    union_lookup = "host__"

    def visible_to(self, staff: Staff) -> Self:
        """Those of the own subtree in any state, and those from above that include the own union.

        A plan that nobody has agreed to is not shown below.
        """
        return self.within(staff.union.path) | self.from_above(staff.union)

    def from_above(self, union: Union) -> Self:
        """Agreed campaigns of the unions above in which this union, or one below it, takes part."""
        above = self.filter(
            host__path__in=ancestor_paths(union.path)[:-1], status__in=lifecycle.AGREED
        )
        return above.filter(
            Q(participation=Campaign.Participation.SUBTREE) | Q(Exists(_chosen_near(union)))
        )

    def joined_by(self, union: Union) -> Self:
        """Those in which this union takes part itself: its own, and those that include it."""
        named = Participant.objects.filter(
            campaign=OuterRef("pk"), union__path__in=ancestor_paths(union.path)
        )
        return self.filter(
            Q(host=union)
            | Q(
                Q(participation=Campaign.Participation.SUBTREE) | Q(Exists(named)),
                host__path__in=ancestor_paths(union.path),
            )
        )

    def open(self) -> Self:
        """Money may be raised and handed down."""
        return self.filter(status__in=lifecycle.OPEN)

    def running(self) -> Self:
        return self.filter(status=Status.RUNNING)

    def newest_first(self) -> Self:
        return self.order_by("-season_year", "-starts_on", "-pk")


def _chosen_near(union: Union) -> "ParticipantQuerySet":
    """Chosen unions above, at or below this one: what is on the way to a chosen one sees it too."""
    of_campaign = Participant.objects.filter(campaign=OuterRef("pk"))
    above = of_campaign.filter(union__path__in=ancestor_paths(union.path))
    return above | of_campaign.within(union.path)


@tracked(exclude=("version", "changed_at"))
class Campaign(models.Model):
    """活动: what a union plans for a season, in which unions, with which rules and deadlines.

    `season_year` is the year people call it by (2019年两节 began in 2018-12); the dates are apart
    and may be open. Source: DOMAIN §2.
    """

    class Participation(models.TextChoices):
        SUBTREE = "subtree", "本机构和全部下级"
        CHOSEN = "chosen", "只有选定的机构"

    code = models.CharField(
        "活动编号",
        max_length=40,
        unique=True,
        validators=[code_shape],
        error_messages={"unique": "这个编号已经有活动在用。"},
    )
    kind = models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        verbose_name="活动种类",
        related_name="+",
        db_index=False,
        limit_choices_to={"list": "campaign_kind"},
    )
    title = models.CharField("活动名称", max_length=100, validators=[refuse_hidden_characters])
    season_year = models.PositiveSmallIntegerField("届次年度")
    starts_on = models.DateField("开始日期", null=True, blank=True)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    host = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="主办机构")
    participation = models.CharField(
        "参加机构", max_length=8, choices=Participation, default=Participation.SUBTREE
    )
    themes = ArrayField(
        models.CharField(max_length=30), verbose_name="服务主题", default=list, blank=True
    )
    previous = models.ForeignKey(
        "self", models.PROTECT, verbose_name="对比的上一届", null=True, blank=True, related_name="+"
    )
    note = models.TextField(
        "说明",
        max_length=NOTE_LENGTH,
        blank=True,
        validators=[MaxLengthValidator(NOTE_LENGTH, f"说明不超过 {NOTE_LENGTH:,} 个字。")],
    )
    status = models.CharField(
        "状态", max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name="建立人"
    )
    submitted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="报批人"
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="批准人"
    )
    approved_on = models.DateField("批准日期", null=True, editable=False)
    closed_on = models.DateField("结束登记日期", null=True, editable=False)
    changed_at = models.DateTimeField("最近修改", default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = "活动"
        verbose_name_plural = "活动"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN),
                name="campaigns_campaign_code_shape",
                violation_error_message=code_shape.message,
            ),
            models.CheckConstraint(
                condition=Q(title__regex=r"^\S(.*\S)?$"),
                name="campaigns_campaign_title_filled",
                violation_error_message="请填写活动名称，前后不要空格。",
            ),
            models.CheckConstraint(
                condition=Q(season_year__gte=1990, season_year__lte=2100),
                name="campaigns_campaign_season_year_plausible",
                violation_error_message="届次年度要在 1990 到 2100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="campaigns_campaign_dates_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=True) | ~Q(previous=F("id")),
                name="campaigns_campaign_not_its_own_previous",
                violation_error_message="不能和自己对比。",
            ),
            models.CheckConstraint(
                condition=Q(themes__len__lte=12),
                name="campaigns_campaign_themes_few",
                violation_error_message="服务主题最多 12 个。",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | ~Q(approved_by=F("submitted_by")) & ~Q(approved_by=F("created_by")),
                name="campaigns_campaign_maker_is_not_checker",
                violation_error_message="建立、报批和批准不能是同一个人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=sorted(lifecycle.AGREED))
                | Q(submitted_by__isnull=False, approved_by__isnull=False)
                & Q(approved_on__isnull=False),
                name="campaigns_campaign_agreed_was_approved",
                violation_error_message="批准了的活动要有报批人和批准人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["draft", "submitted"]) | Q(approved_by__isnull=True),
                name="campaigns_campaign_open_plan_is_unapproved",
                violation_error_message="退回的活动要重新批准。",
            ),
            one_of(_TABLE, "participation", ["subtree", "chosen"]),
            one_of(_TABLE, "status", sorted(Status.values)),
            of_its_list(_TABLE, "kind", "campaign_kind"),
            finite(_TABLE, "days", ("starts_on", "ends_on", "approved_on", "closed_on")),
        ]
        triggers = [
            Guard(
                name="illegal_step_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]  # their signature
                condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
                func=_LEGAL_STEP,
            ),
            Guard(
                name="beginning_midway_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status=Status.DRAFT),
                func="RAISE EXCEPTION 'begins midway' USING ERRCODE = '23R07';",
            ),
            Guard(
                name="planned_as_it_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_STANDS,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Money may be raised and handed down."""
        return self.status in lifecycle.OPEN

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    @property
    def is_ended(self) -> bool:
        """Nothing of it changes any more."""
        return self.status in lifecycle.ENDED

    def includes(self, union: Union) -> bool:
        """Whether the union takes part: the host always does."""
        return Campaign.objects.joined_by(union).filter(pk=self.pk).exists()


# Who takes part belongs to the plan; later others may still join, and nobody is put out.
_JOINED: Final = """
    DECLARE stands text;
    BEGIN
        SELECT status INTO stands FROM campaigns_campaign
        WHERE id = COALESCE(NEW.campaign_id, OLD.campaign_id) FOR SHARE;
        IF stands <> 'draft' AND (TG_OP <> 'INSERT' OR stands NOT IN ('approved', 'running')) THEN
            RAISE EXCEPTION 'participants stand' USING ERRCODE = '23R10';
        END IF;
        RETURN COALESCE(NEW, OLD);
    END;
"""


class ParticipantQuerySet(ScopedQuerySet["Participant"]):
    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign).order_by("union__path")


@tracked()
class Participant(models.Model):
    """A union that was chosen to take part, with everything below it."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="+", verbose_name="活动", db_index=False
    )
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="参加机构")

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = "参加机构"
        verbose_name_plural = "参加机构"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "union"],
                name="campaigns_participant_once",
                violation_error_message="这个机构已经在参加名单里。",
            ),
        ]
        triggers = [
            Guard(
                name="participants_stand",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_JOINED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.union_id}"


class CampaignStepQuerySet(ScopedQuerySet["CampaignStep"]):
    union_lookup = "campaign__host__"

    def of_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign).order_by("id")


class CampaignStep(models.Model):
    """One step of a campaign: from where to where, by whom, why."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+", verbose_name="活动")
    from_status = models.CharField("原状态", max_length=10, choices=Status)
    to_status = models.CharField("新状态", max_length=10, choices=Status)
    reason = models.CharField("理由", max_length=200, blank=True)
    by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name="经手人")
    at = models.DateTimeField("时间", default=timezone.now, editable=False)

    objects = CampaignStepQuerySet.as_manager()

    class Meta:
        verbose_name = "活动流转"
        verbose_name_plural = "活动流转"
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_status__in=["draft", "void"])
                & ~Q(from_status="closed", to_status="running")
                | ~Q(reason=""),
                name="campaigns_campaignstep_backwards_has_reason",
                violation_error_message="退回、作废或重新开启要写明理由。",
            ),
            one_of("campaigns_campaignstep", "from_status", sorted(Status.values)),
            one_of("campaigns_campaignstep", "to_status", sorted(Status.values)),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
