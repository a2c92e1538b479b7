import unicodedata
from datetime import date
from typing import Self

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from relief.lib.history import tracked
from relief.lib.pinyin import full_pinyin, pinyin_initials
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import AppendOnly, Guard, NeverDelete, NoTruncate
from unions.scope import ScopedQuerySet, ancestor_paths

CODE_PATTERN = r"^[0-9A-Z]{2,20}$"
PATH_LENGTH = 300
REGION_PATTERN = r"^\d{6}(\d{3}){0,2}$"
code_shape = RegexValidator(CODE_PATTERN, "编码只用数字和大写字母，2 到 20 位。")
region_shape = RegexValidator(REGION_PATTERN, "行政区划代码是 6、9 或 12 位数字。")


def as_code(typed: str) -> str:
    """A code as it is stored, from what people type: small letters, full-width digits."""
    return unicodedata.normalize("NFKC", typed).strip().upper()


class UnionQuerySet(ScopedQuerySet["Union"]):
    union_lookup = ""

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)

    def children_of(self, union: "Union") -> Self:
        return self.filter(parent=union)

    def below(self, union: "Union") -> Self:
        """The whole subtree without the union itself."""
        return self.within(union.path).exclude(pk=union.pk)

    def above(self, union: "Union") -> Self:
        """Every union above, root first."""
        return self.filter(path__in=ancestor_paths(union.path)[:-1]).order_by("path")

    def in_tree_order(self) -> Self:
        return self.order_by("path")

    def matching(self, text: str) -> Self:
        """Search by name, code, pinyin or pinyin initials."""
        wanted = text.strip()
        latin = wanted.lower().replace(" ", "")
        return self.filter(
            Q(name__icontains=wanted)
            | Q(code__startswith=wanted.upper())
            | Q(pinyin__startswith=latin)
            | Q(initials__contains=latin)
        )


# At the end of the transaction, because a move writes parent and paths in two statements.
_PATH_FOLLOWS_PARENT = """
    IF EXISTS (
        SELECT 1 FROM unions_union u LEFT JOIN unions_union above ON above.id = u.parent_id
        WHERE (u.id = NEW.id OR u.parent_id = NEW.id)
          AND u.path <> coalesce(above.path, '') || u.code || '/'
    ) THEN
        RAISE EXCEPTION 'path does not follow parent' USING ERRCODE = '23R11';
    END IF;
    RETURN NULL;
"""
# The log of a union begins with it; nobody else opens a chain (audit.models.Event).
_OPEN_CHAIN = """
    INSERT INTO audit_chainhead (chain, seq, hash) VALUES (NEW.code, 0, repeat('0', 64))
        ON CONFLICT (chain) DO NOTHING;
    RETURN NULL;
"""


@tracked(exclude=("pinyin", "initials", "version"))
class Union(models.Model):
    """One organisation of the federation's tree (工会): it stays for ever, also when closed."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "省总工会"
        CITY = "city", "市总工会"
        DISTRICT = "district", "区总工会"
        STREET = "street", "街道总工会"
        TOWN = "town", "乡镇总工会"
        SYSTEM = "system", "局（系统）工会"
        PARK = "park", "园区工会"
        GROUP = "group", "集团工会"
        JOINT = "joint", "联合工会"
        GRASSROOTS = "grassroots", "基层工会"

    code = models.CharField(
        "编码",
        max_length=20,
        unique=True,
        validators=[code_shape],
        error_messages={"unique": "这个编码已经有机构在用。"},
    )
    name = models.CharField("名称", max_length=100, validators=[refuse_hidden_characters])
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级工会", null=True, blank=True, related_name="+"
    )
    path = models.CharField(
        "路径", max_length=PATH_LENGTH, unique=True, editable=False, db_collation="C"
    )
    region_code = models.CharField(
        "行政区划代码", max_length=12, blank=True, validators=[region_shape]
    )
    opened_on = models.DateField("成立日期", null=True, blank=True)
    closed_on = models.DateField("撤销日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入", null=True, blank=True, related_name="+"
    )
    pinyin = models.CharField(max_length=400, editable=False, blank=True)
    initials = models.CharField(max_length=100, editable=False, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = UnionQuerySet.as_manager()

    class Meta:
        verbose_name = "机构"
        verbose_name_plural = "机构"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=CODE_PATTERN),
                name="unions_union_code_shape",
                violation_error_message=code_shape.message,
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^\S(.*\S)?$"),
                name="unions_union_name_filled",
                violation_error_message="请填写名称，前后不要空格。",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "province",
                        "city",
                        "district",
                        "street",
                        "town",
                        "system",
                        "park",
                        "group",
                        "joint",
                        "grassroots",
                    ]
                ),
                name="unions_union_kind_known",
                violation_error_message="没有这种机构类型，请从列表里选。",
            ),
            models.CheckConstraint(
                condition=Q(region_code="") | Q(region_code__regex=REGION_PATTERN),
                name="unions_union_region_code_shape",
                violation_error_message=region_shape.message,
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="unions_union_closed_after_opened",
                violation_error_message="撤销日期不能早于成立日期。",
            ),
            models.CheckConstraint(
                condition=Q(path__regex=r"^([0-9A-Z]{2,20}/)+$"),
                name="unions_union_path_shape",
                violation_error_message="机构路径的写法不对。",
            ),
            models.CheckConstraint(
                condition=Q(path=Concat(F("code"), Value("/")))
                | Q(path__endswith=Concat(Value("/"), F("code"), Value("/"))),
                name="unions_union_path_ends_with_code",
                violation_error_message="机构路径必须以自己的编码结尾。",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(closed_on__isnull=False),
                name="unions_union_merged_is_closed",
                violation_error_message="并入其他机构的，必须同时撤销。",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="unions_union_parent_is_another",
                violation_error_message="上级不能是自己。",
            ),
            models.UniqueConstraint(
                fields=["parent"],
                condition=Q(parent__isnull=True),
                nulls_distinct=False,
                name="unions_union_one_root",
                violation_error_message="最上级机构只能有一个。",
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(closed_on__isnull=True),
                nulls_distinct=False,
                name="unions_union_name_once_under_parent",
                violation_error_message="同一上级下已经有同名机构。",
            ),
        ]
        indexes = [models.Index(fields=["parent"], name="unions_union_parent_idx")]
        triggers = [
            Guard(
                name="path_follows_parent",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("path", "parent_id", "code"),  # type: ignore[no-untyped-call]  # pgtrigger's
                timing=pgtrigger.Deferred,
                func=_PATH_FOLLOWS_PARENT,
            ),
            Guard(
                name="code_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("code"),
                func="RAISE EXCEPTION 'the code stays' USING ERRCODE = '23R01';",
            ),
            Guard(
                name="open_chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=_OPEN_CHAIN,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """0 for the root."""
        return self.path.count("/") - 1

    @property
    def is_open(self) -> bool:
        return self.closed_on is None or self.closed_on > timezone.localdate()

    def contains(self, other: "Union") -> bool:
        """Whether `other` is this union or below it."""
        return other.path.startswith(self.path)

    def set_name(self, name: str) -> None:
        """The name, and by what it is found; the last syllables of a very long one are not."""
        self.name = name
        self.pinyin, self.initials = full_pinyin(name)[:400], pinyin_initials(name)[:100]


class UnionChangeQuerySet(ScopedQuerySet["UnionChange"]):
    def newest_first(self) -> Self:
        return self.order_by("-effective_on", "-id")


class UnionChange(models.Model):
    """What the tree looked like before: one row per creation, renaming, move, closing, merger."""

    class Kind(models.TextChoices):
        CREATE = "create", "成立"
        RENAME = "rename", "更名"
        MOVE = "move", "调整上级"
        CLOSE = "close", "撤销"
        MERGE = "merge", "合并"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    kind = models.CharField("变动", max_length=10, choices=Kind.choices)
    effective_on = models.DateField("生效日期")
    name_before = models.CharField("原名称", max_length=100, blank=True)
    name_after = models.CharField("新名称", max_length=100, blank=True)
    path_before = models.CharField("原路径", max_length=PATH_LENGTH, blank=True, db_collation="C")
    path_after = models.CharField("新路径", max_length=PATH_LENGTH, blank=True, db_collation="C")
    reason = models.CharField("理由", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        "unions.Staff", models.PROTECT, related_name="+", null=True, verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = UnionChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "机构变动"
        verbose_name_plural = "机构变动"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["create", "rename", "move", "close", "merge"]),
                name="unions_unionchange_kind_known",
                violation_error_message="没有这种机构变动。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="rename") | (~Q(name_before="") & ~Q(name_after="")),
                name="unions_unionchange_rename_has_both_names",
                violation_error_message="更名要有原名称和新名称。",
            ),
        ]
        indexes = [
            models.Index(fields=["union", "effective_on"], name="unions_unionchange_union_idx")
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.union_id} {self.get_kind_display()} {self.effective_on}"


def path_on(union: Union, day: date) -> str:
    """The path the union had at the end of `day`; reports of closed years use it.

    Before its first recorded change a union is taken to have stood where that change found it.
    """
    changes = UnionChange.objects.filter(union=union).exclude(path_after="")
    # Creation comes first whatever its date: without 成立日期 that is the day it was typed.
    moves = changes.exclude(kind=UnionChange.Kind.CREATE)
    last = moves.filter(effective_on__lte=day).order_by("-effective_on", "-id").first()
    if last:
        return last.path_after
    first = moves.order_by("effective_on", "id").first() or changes.first()
    return (first.path_before or first.path_after) if first else union.path
