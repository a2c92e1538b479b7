"""Changes of the tree. Those of name and place leave a UnionChange: any past day can be told."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import F, Max, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from audit.models import Event
from relief.lib.days import day_words
from relief.lib.refusals import refuse_stale
from unions.kinds import refuse_kind, refuse_kind_above
from unions.models import Staff, Union, UnionChange
from unions.models.union import PATH_LENGTH
from unions.permissions import Capability, Command, require
from unions.services.trail import posting_of, record

#: A change is entered after the fact, but not after so long: the years before are reported.
LATE_AT_MOST = timedelta(days=3 * 366)


def lock_tree() -> None:
    """One change of the tree at a time; readers go on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE unions_union IN SHARE ROW EXCLUSIVE MODE")


def creation_of(union: Union, by: Staff | Command) -> UnionChange:
    """The note, not saved yet, that the union was founded."""
    return UnionChange(
        union=union,
        kind=UnionChange.Kind.CREATE,
        effective_on=union.opened_on or timezone.localdate(),
        name_after=union.name,
        path_after=union.path,
        recorded_by=posting_of(by),
    )


def renaming_of(union: Union, by: Staff, before: str, day: date | None = None) -> UnionChange:
    """The note, not saved yet, that the union has another name."""
    return UnionChange(
        union=union,
        kind=UnionChange.Kind.RENAME,
        effective_on=day or timezone.localdate(),
        name_before=before,
        name_after=union.name,
        recorded_by=by,
    )


@transaction.atomic
def create_union(
    *,
    by: Staff | Command,
    parent: Union | None,
    code: str,
    name: str,
    kind: str,
    region_code: str = "",
    opened_on: date | None = None,
) -> Union:
    """Add a union below `parent`.

    Without `parent` it is the root, made once by a command.
    Raises ValidationError: code taken, name taken under the same parent, parent closed, future,
    a kind that cannot stand there.
    """
    _require_parent(by, parent)
    _refuse_future("opened_on", opened_on)
    lock_tree()
    if parent is not None:
        parent = _parent_now(by, parent)
    union = Union(
        code=code,
        kind=kind,
        parent=parent,
        path=f"{parent.path if parent else ''}{code}/",
        region_code=region_code,
        opened_on=opened_on,
    )
    union.set_name(name)
    union.clean_fields()  # first: the constraints would complain of the path made from a bad code
    refuse_kind("kind", kind, parent)
    union.full_clean(exclude={"path"})  # made from the code: a code taken is said once
    union.save(force_insert=True)
    creation_of(union, by).save()
    record(by, Event.Action.CREATE, union)
    return union


@transaction.atomic
def change_union(
    *,
    by: Staff,
    union: Union,
    name: str,
    kind: str,
    region_code: str,
    effective_on: date | None,
    version: int,
) -> Union:
    """Rename or re-classify; an older `version` than the stored one is refused.

    Raises ValidationError: stale, name taken.
    """
    require(by, Capability.MANAGE_UNIONS, at=union)
    _refuse_future("effective_on", effective_on)
    lock_tree()  # before any row: a move takes the table first, too
    current = _fresh(union)
    _require_still(by, current)
    refuse_closed(current)
    refuse_stale(current.version, version, "这个机构")
    name_before = current.name
    if name_before != name:
        refuse_day(current, "effective_on", effective_on)
    if current.kind != kind and kind in Union.Kind.values:
        refuse_kind("kind", kind, current.parent)
        below = Union.objects.open().children_of(current)
        refuse_kind_above("kind", kind, below.values_list("kind", flat=True).distinct())
    current.set_name(name)
    current.kind, current.region_code = kind, region_code
    current.version += 1
    current.full_clean()
    current.save()
    if name_before != name:
        renaming_of(current, by, name_before, effective_on).save()
    record(by, Event.Action.CHANGE, current)
    return current


@transaction.atomic
def move_union(
    *, by: Staff, union: Union, parent: Union, effective_on: date | None, reason: str
) -> Union:
    """Hang the union with its whole subtree below another parent.

    Raises ValidationError: parent inside the subtree, parent closed, own root.
    """
    require(by, Capability.MANAGE_UNIONS, at=union)
    require(by, Capability.MANAGE_UNIONS, at=parent)
    _refuse_own_root(by, union)
    _refuse_future("effective_on", effective_on)
    lock_tree()
    union, parent = _fresh(union), _fresh(parent)
    _require_still(by, union, parent)
    check_move(union, parent, effective_on)
    moved = _rewrite_subtree(union, parent, UnionChange.Kind.MOVE, by, effective_on, reason)
    record(by, Event.Action.MOVE, union, reason=reason, below=parent.code, unions=moved)
    return _fresh(union)


@transaction.atomic
def close_union(*, by: Staff, union: Union, closed_on: date, reason: str) -> Union:
    """Close a union that has no open unions below it; its records and postings stay readable.

    Raises ValidationError: already closed, open unions below, own root.
    """
    require(by, Capability.MANAGE_UNIONS, at=union)
    _refuse_own_root(by, union)
    _refuse_future("closed_on", closed_on)
    lock_tree()
    union = _fresh(union)
    _require_still(by, union)
    check_closing(union, closed_on)
    _close(union, closed_on, merged_into=None)
    UnionChange.objects.create(
        union=union,
        kind=UnionChange.Kind.CLOSE,
        effective_on=closed_on,
        path_before=union.path,
        path_after=union.path,
        reason=reason,
        recorded_by=by,
    )
    record(by, Event.Action.CLOSE, union, reason=reason)
    return union


@transaction.atomic
def merge_union(
    *, by: Staff, union: Union, into: Union, effective_on: date | None, reason: str
) -> Union:
    """Merge `union` into `into`: its unions below go over, it is closed and kept below `into`.

    So the receiving union sees the history of the merged one.
    Raises ValidationError: target below, target closed, own root.
    """
    require(by, Capability.MANAGE_UNIONS, at=union)
    require(by, Capability.MANAGE_UNIONS, at=into)
    _refuse_own_root(by, union)
    _refuse_future("effective_on", effective_on)
    lock_tree()
    union, into = _fresh(union), _fresh(into)
    _require_still(by, union, into)
    check_merger(union, into, effective_on)
    day = effective_on or timezone.localdate()
    for child in Union.objects.open().children_of(union).order_by("path"):
        _rewrite_subtree(child, into, UnionChange.Kind.MOVE, by, day, reason)
    _close(_fresh(union), day, merged_into=into)
    _rewrite_subtree(_fresh(union), into, UnionChange.Kind.MERGE, by, day, reason)
    union = _fresh(union)
    record(by, Event.Action.MERGE, union, reason=reason, into=into.code)
    record(by, Event.Action.MERGE, into, reason=reason, absorbed=union.code)
    return union


def check_move(union: Union, parent: Union, day: date | None) -> None:
    """Raises ValidationError: parent below or closed, two of one name after it, a wrong day."""
    refuse_closed(union)
    refuse_day(union, "effective_on", day)
    if union.contains(parent):
        text = "不能移到自己或自己的下级之下，请另选上级。"
        raise ValidationError({"parent": ValidationError(text, code="parent_below")})
    if parent.closed_on is not None:
        text = "这个上级已经撤销，请另选上级。"
        raise ValidationError({"parent": ValidationError(text, code="parent_closed")})
    refuse_kind("parent", union.kind, parent)
    _refuse_same_name("parent", [union], parent)


def require_open(union: Union, *, field: str = "") -> None:
    """Refuse new records at a union that was closed. Raises ValidationError: union_closed."""
    if not union.is_open:
        refusal = ValidationError("这个机构已经撤销。", code="union_closed")
        raise ValidationError({field: refusal}) if field else refusal


def check_closing(union: Union, day: date) -> None:
    """Raises ValidationError: already closed, a wrong day, open unions below."""
    refuse_closed(union)
    refuse_day(union, "closed_on", day)
    if Union.objects.open().below(union).exists():
        raise ValidationError("下面还有没撤销的机构，请先撤销或移走它们。", code="open_below")


def check_merger(union: Union, into: Union, day: date | None) -> None:
    """Raises ValidationError: target below, one closed, two of one name after it, a wrong day."""
    refuse_day(union, "effective_on", day)
    if union.contains(into):
        raise ValidationError(
            {"into": ValidationError("不能并入自己或自己的下级，请另选机构。", code="into_below")}
        )
    if into.closed_on is not None or union.closed_on is not None:
        raise ValidationError(
            {"into": ValidationError("已经撤销的机构不能再合并。", code="closed")}
        )
    coming = list(Union.objects.open().children_of(union))
    for child in coming:
        refuse_kind("into", child.kind, into)
    _refuse_same_name("into", coming, into)


def refuse_closed(union: Union) -> None:
    """Raises ValidationError: what is closed stays as it was."""
    if union.closed_on is not None:
        raise ValidationError("这个机构已经撤销，不能再改。", code="closed")


def refuse_day(union: Union, field: str, day: date | None) -> None:
    """A day to come, before what is known of the union, or years ago cannot be meant.

    Raises ValidationError: future, before_opened, before_last_change, long_ago.
    """
    if day is None:
        return
    _refuse_future(field, day)
    changes = UnionChange.objects.filter(union=union).exclude(kind=UnionChange.Kind.CREATE)
    last = changes.aggregate(last=Max("effective_on"))["last"]
    text, code = "", ""
    if union.opened_on and day < union.opened_on:
        text, code = f"日期不能早于成立日期 {day_words(union.opened_on)}。", "before_opened"
    elif last and day < last:
        text, code = f"日期不能早于上一次变动 {day_words(last)}。", "before_last_change"
    elif day < timezone.localdate() - LATE_AT_MOST:
        text, code = "最多补登三年以内的变动，请核对日期。", "long_ago"
    if text:
        raise ValidationError({field: ValidationError(text, code=code)})


def _require_parent(by: Staff | Command, parent: Union | None) -> None:
    """Only a command makes a root."""
    if parent is None and isinstance(by, Staff):
        raise PermissionDenied("新机构要有上级工会。")
    require(by, Capability.MANAGE_UNIONS, at=parent)


def _parent_now(by: Staff | Command, parent: Union) -> Union:
    """Where it stands now that nobody moves anything, still in scope and open."""
    parent = _fresh(parent)
    if isinstance(by, Staff):
        _require_still(by, parent)
    if parent.closed_on is not None:
        raise ValidationError(
            {"parent": ValidationError("上级工会已经撤销，请另选上级。", code="parent_closed")}
        )
    return parent


def _fresh(union: Union) -> Union:
    return Union.objects.get(pk=union.pk)


def _require_still(by: Staff, *unions: Union) -> None:
    """The scope once more, now that nobody else can move anything."""
    by.refresh_from_db(fields=["union"])
    for union in unions:
        require(by, Capability.MANAGE_UNIONS, at=union)


def _refuse_future(field: str, day: date | None) -> None:
    """The tree and the rights change at once, so a day to come would be untrue until then."""
    if day is not None and day > timezone.localdate():
        text = "日期不能晚于今天，请到那一天再登记。"
        raise ValidationError({field: ValidationError(text, code="future")})


def _refuse_own_root(by: Staff, union: Union) -> None:
    if by.union_id == union.pk:
        raise ValidationError("不能撤销、移动或合并自己所在的机构。", code="own_root")


def _refuse_same_name(field: str, coming: list[Union], parent: Union) -> None:
    """Open unions that come below `parent` may not bear the name of one that is there."""
    names = [union.name for union in coming if union.closed_on is None]
    there = Union.objects.open().children_of(parent).exclude(pk__in=[union.pk for union in coming])
    for name in there.filter(name__in=names).values_list("name", flat=True):
        raise ValidationError(
            {
                field: ValidationError(
                    f"新上级之下已经有“{name}”，请先更名再调整。", code="name_taken"
                )
            }
        )


def _rewrite_subtree(
    union: Union, parent: Union, kind: str, by: Staff, day: date | None, reason: str
) -> int:
    """Move paths of the subtree in one UPDATE; note the change for every union of it."""
    before, after = union.path, f"{parent.path}{union.code}/"
    subtree = Union.objects.within(before)
    longest = max(len(path) for path in subtree.values_list("path", flat=True))
    if longest - len(before) + len(after) > PATH_LENGTH:
        raise ValidationError("层级太深，请选较高的上级。", code="too_deep")
    changed = [
        (pk, path, after + path[len(before) :])
        for pk, path in subtree.values_list("pk", "path").order_by("path")
    ]
    Union.objects.filter(pk=union.pk).update(parent=parent)
    subtree.update(
        path=Concat(Value(after), Substr("path", len(before) + 1)), version=F("version") + 1
    )
    UnionChange.objects.bulk_create(
        UnionChange(
            union_id=pk,
            kind=kind if pk == union.pk else UnionChange.Kind.MOVE,
            effective_on=day or timezone.localdate(),
            path_before=old,
            path_after=new,
            reason=reason,
            recorded_by=by,
        )
        for pk, old, new in changed
    )
    return len(changed)


def _close(union: Union, day: date, *, merged_into: Union | None) -> None:
    union.closed_on = day
    union.merged_into = merged_into
    union.version += 1
    union.full_clean()
    union.save()
