"""What the page of step 3 is made of. Whatever the file, it asks the same few questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from beneficiaries.forms.ledger_check import MOST_ROWS, MendForm
from beneficiaries.forms.ledgers import VersionForm
from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import CATALOGUE, Problem
from beneficiaries.ledger_masks import shown_cell
from beneficiaries.ledger_problems import ICONS, WORDS, title_of
from beneficiaries.ledger_result import held, terms, to_write
from beneficiaries.ledger_shown import Button, buttons_of, shown_row, shown_rows
from beneficiaries.ledger_stand import Stand
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers import demands, overview, questions, targets
from beneficiaries.services.ledgers.content import content_of
from beneficiaries.services.ledgers.decisions import asks_about, names_a_number
from beneficiaries.services.ledgers.layouts import SheetLayout, layout_of
from beneficiaries.services.ledgers.overview import Group
from relief.lib.crypto.sealing import DataKey
from relief.lib.tables import page_of
from unions.models import Staff
from unions.permissions import Capability, has

#: A row may say a lot; so the page stays below 200 kB.
ROWS_A_PAGE: Final = 20
_STATED_SHOWN: Final = 6
_EDITING: Final = ("row", "cell")


class Sight(NamedTuple):
    """Which rows are looked at: all, those of an outcome, a reason or a kind of problem."""

    outcome: str
    reason: str
    code: str
    field: str

    @classmethod
    def of(cls, params: QueryDict) -> "Sight":
        outcome = params.get("outcome", "")
        code, _, field = params.get("problem", "").partition(":")
        return cls(
            outcome if outcome in StagedRow.Outcome.values else "",
            params.get("reason", "").replace("\0", "")[:20],
            code if code in CATALOGUE and (not field or fields().has(field)) else "",
            field,
        )

    @property
    def title(self) -> str:
        if self.code:
            return title_of(self.code, self.field)
        if self.reason:
            return f"跳过：{self.reason}"
        return str(StagedRow.Outcome(self.outcome).label) if self.outcome else ""

    def rows(self, staff: Staff, ledger: LedgerImport) -> QuerySet[StagedRow]:
        rows = StagedRow.objects.visible_to(staff).of_ledger(ledger).select_related("union")
        if self.code:
            return rows.with_problem(self.code, self.field).filter(written_at__isnull=True)
        if self.reason:
            return rows.filter(skip_reason=self.reason)
        return rows.filter(outcome=self.outcome) if self.outcome else rows


class GroupShown(NamedTuple):
    """Problems that are mended in one way; `words_url` where words must be given a meaning."""

    title: str
    how: str
    label: str
    kind: str
    icon: str
    rows: int
    where: str
    url: str
    words_url: str
    buttons: list[Button]


class SumShown(NamedTuple):
    """What the rows of a money column add up to, and what rows like 合计 say."""

    label: str
    amount: Decimal
    stated: list[tuple[str, Decimal, bool]]

    @property
    def is_doubtful(self) -> bool:
        """There are such rows, and none of them says so."""
        return bool(self.stated) and not any(is_equal for _, _, is_equal in self.stated)


@dataclass(frozen=True)
class Editor:
    """The one cell that is being mended."""

    row: StagedRow
    form: MendForm
    label: str
    #: It begins blank, and what it holds may be asked for.
    can_be_seen: bool = False
    #: What stands there now, where somebody else changed it meanwhile.
    now: str = ""


def may_decide(staff: Staff, stand: Stand) -> bool:
    return has(staff, Capability.ENTER_RECORDS) and stand.ledger.is_open and not stand.is_working


def context_of(
    staff: Staff, stand: Stand, params: QueryDict, editor: Editor | None = None
) -> dict[str, Any]:
    """For beneficiaries/ledger_check.html; with `editor` one cell is open."""
    ledger, key = stand.ledger, key_of_ledger(stand.ledger)
    sight, is_open = Sight.of(params), may_decide(staff, stand)
    editor = editor or editor_of(staff, stand, key, params)
    page = page_of(sight.rows(staff, ledger), _without_size(params), size=ROWS_A_PAGE)
    rows = list(shown_rows(page.object_list, ledger, key, may_decide=is_open))
    if editor and editor.row.pk not in {shown.row.pk for shown in rows}:
        rows.insert(0, shown_row(editor.row, ledger, key, may_decide=is_open, is_whole=False))
    groups = [group_shown(group, ledger) for group in overview.problem_groups(ledger)]
    sheets = [one for one in layout_of(ledger, key) if _is_read(one, ledger)]
    url = reverse("ledger-check", args=[ledger.pk])
    return {
        "ledger": ledger,
        "stand": stand,
        "may_decide": is_open,
        "total": {"number": ledger.counts["read"], "label": "读出行数", "url": url},
        "terms": terms(ledger.counts, url=url),
        "reasons": sorted(ledger.counts.get("reasons", {}).items()),
        "sheets": sheets,
        "drops_income": any(targets.drops_income(_names(sheet)) for sheet in sheets),
        "groups": groups,
        "sums": list(_sums(ledger)),
        "questions": questions.open_questions(ledger),
        "missing": overview.missing_people(ledger, Beneficiary.objects.visible_to(staff)).count(),
        "sight": sight,
        "sight_how": WORDS[sight.code].how if sight.code else "",
        "sight_buttons": _sight_buttons(sight),
        "page": page,
        "rows": rows,
        "editor": editor,
        "version_form": VersionForm(initial={"version": ledger.version}, auto_id=False),
        "query": list_params(params).urlencode(),
        "list_url": f"{url}?{list_params(params).urlencode()}",
    } | ending(staff, stand)


def group_shown(group: Group, ledger: LedgerImport) -> GroupShown:
    kind, icon = ICONS[group.severity]
    check = reverse("ledger-check", args=[ledger.pk])
    numbers = "、".join(map(str, group.first))
    has_words = group.code == "union_unknown" or (
        group.code == "code_unknown" and bool(fields().named(group.field).code_list)
    )
    return GroupShown(
        title=title_of(group.code, group.field),
        how=WORDS[group.code].how,
        label=group.severity.label,
        kind=kind,
        icon=icon,
        rows=group.rows,
        where=f"第 {numbers} 行{'等' if group.rows > len(group.first) else ''}",
        url=f"{check}?problem={group.code}:{group.field}#rows",
        words_url=reverse("ledger-words", args=[ledger.pk, group.code, group.field or "-"])
        if has_words
        else "",
        buttons=list(buttons_of(Problem(group.code, group.field, ""))),
    )


def editor_of(staff: Staff, stand: Stand, key: DataKey, params: QueryDict) -> Editor | None:
    """The cell that the address names, if it may be mended."""
    row, name = visible_row(staff, stand.ledger, params.get("row", "")), params.get("cell", "")
    if row is None or not fields().has(name):
        return None
    shown = shown_row(row, stand.ledger, key, may_decide=may_decide(staff, stand), is_whole=False)
    if not shown.is_open or row.outcome == StagedRow.Outcome.SKIPPED:
        return None
    content = shown.content
    raw = content.raw(name)
    is_masked = shown_cell(name, raw) != raw
    form = _form(stand, name, "" if is_masked else raw, unseen=is_masked)
    can_be_seen = is_masked and asks_about(content, name)
    return Editor(row, form, fields().label(name), can_be_seen=can_be_seen)


def seen_editor(stand: Stand, row: StagedRow, name: str, raw: str) -> Editor:
    """The cell, whole, after somebody asked for it."""
    return Editor(row, _form(stand, name, raw, unseen=False), fields().label(name))


def _form(stand: Stand, name: str, text: str, *, unseen: bool) -> MendForm:
    version = stand.ledger.version
    initial = {"version": version, "field": name, "text": text, "unseen": "on" if unseen else ""}
    return MendForm(initial=initial)


def visible_row(staff: Staff, ledger: LedgerImport, pk: str) -> StagedRow | None:
    rows = StagedRow.objects.visible_to(staff).of_ledger(ledger).select_related("union")
    key = _uuid(pk)
    return rows.filter(pk=key).first() if key else None


def list_params(params: QueryDict) -> QueryDict:
    """Which rows are looked at, without the cell that is open."""
    kept = params.copy()
    for name in _EDITING:
        kept.pop(name, None)
    return kept


def refused_editor(staff: Staff, stand: Stand, row: StagedRow, form: MendForm) -> Editor:
    """What was typed stays, and what stands there now is told where somebody changed it."""
    name = str(form.data.get("field", ""))
    if not fields().has(name):
        name = "name"
    now = ""
    if form.is_stale:
        content = content_of(row, key_of_ledger(stand.ledger))
        now = shown_cell(name, content.raw(name)) or "空的"
        form.rebase(stand.ledger.version)
    return Editor(row, form, fields().label(name), now=now)


def row_context(staff: Staff, stand: Stand, row: StagedRow) -> dict[str, Any]:
    """For beneficiaries/ledger_row.html: one row with everything that is known about it."""
    ledger = stand.ledger
    is_open = may_decide(staff, stand)
    shown = shown_row(row, ledger, key_of_ledger(ledger), may_decide=is_open, is_whole=True)
    return {
        "ledger": ledger,
        "stand": stand,
        "shown": shown,
        "version_form": VersionForm(initial={"version": ledger.version}, auto_id=False),
        "query": f"from={row.pk}",
    }


def skip_initial(posted: QueryDict) -> dict[str, Any]:
    return {"version": posted.get("version", ""), "rows": posted.getlist("rows")}


def picked_numbers(staff: Staff, ledger: LedgerImport, posted: QueryDict) -> list[int]:
    """The numbers of the rows that were ticked and may be left out."""
    keys = [key for text in posted.getlist("rows")[:MOST_ROWS] if (key := _uuid(text))]
    rows = StagedRow.objects.visible_to(staff).of_ledger(ledger).filter(pk__in=keys)
    open_rows = rows.filter(written_at__isnull=True).exclude(outcome=StagedRow.Outcome.SKIPPED)
    return list(open_rows.values_list("number", flat=True))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _sight_buttons(sight: Sight) -> list[Button]:
    return list(buttons_of(Problem(sight.code, sight.field, ""))) if sight.code else []


def ending(staff: Staff, stand: Stand) -> dict[str, Any]:
    """What the bar at the end says and offers."""
    ledger = stand.ledger
    needs_release = demands.needs_release(ledger)
    is_submitted = ledger.status == LedgerImport.Status.SUBMITTED
    may_apply = not stand.is_working and (
        has(staff, Capability.CHECK_RECORDS) if needs_release else may_decide(staff, stand)
    )
    return {
        "to_write": to_write(ledger.counts),
        "held": held(ledger.counts),
        "needs_release": needs_release,
        "may_submit": needs_release
        and ledger.status == LedgerImport.Status.STAGED
        and may_decide(staff, stand),
        "may_apply": may_apply
        and (is_submitted or ledger.is_open)
        and (not needs_release or ledger.status != LedgerImport.Status.STAGED),
        "may_return": is_submitted and has(staff, Capability.CHECK_RECORDS),
    }


def asks_for_a_number(posted: QueryDict) -> bool:
    """Whoever types an ID number into a cell learns whether it is known, here or elsewhere."""
    return names_a_number(posted.get("field", ""))


def second_look(ledger: LedgerImport) -> dict[str, Any]:
    """For beneficiaries/ledger_apply.html: what writing does, and what still stands in its way."""
    counts = ledger.counts
    return {
        "new": counts["new"],
        "changed": counts["changed"],
        "written": counts["written"],
        "same": counts["same"],
        "skipped": counts["skipped"],
        "sums": list(_sums(ledger)),
        "questions": questions.open_questions(ledger),
    }


def _sums(ledger: LedgerImport) -> Iterator[SumShown]:
    stated = ledger.counts.get("stated", [])
    for name, text in ledger.counts.get("sums", {}).items():
        amount = Decimal(text)
        said = [
            (_place(one), Decimal(one["amounts"][name]), Decimal(one["amounts"][name]) == amount)
            for one in stated
            if name in one["amounts"]
        ]
        yield SumShown(fields().label(name), amount, said[-_STATED_SHOWN:])


def _place(stated: dict[str, Any]) -> str:
    sheet = f"“{stated['sheet']}”" if stated["sheet"] else ""
    return f"{sheet}第 {stated['number']} 行"


def _is_read(layout: Any, ledger: LedgerImport) -> bool:
    chosen = ledger.decisions.get("sheets", {})
    return not layout["reason"] and (layout["name"] in chosen if chosen else True)


def _names(layout: SheetLayout) -> set[str]:
    """The fields that a sheet has."""
    return {column["field"] for column in layout["columns"]} | layout["fixed"].keys()


def _without_size(params: QueryDict) -> QueryDict:
    kept = params.copy()
    kept.pop("size", None)
    return kept
