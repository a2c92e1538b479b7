"""What step 3 lists: problems grouped by how they are mended, words to be named, who is missing."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Func, OuterRef

from beneficiaries.importing.fields import fields
from beneficiaries.importing.problems import Problem, Severity
from beneficiaries.models import HardshipFile, LedgerImport, StagedRow
from beneficiaries.models.beneficiary import BeneficiaryQuerySet
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services.ledgers.content import content_of

_ORDER: Final = {Severity.ERROR: 0, Severity.CHOOSE: 1, Severity.CONFIRM: 2}
#: Fields of a difference or a problem that are none of the ledger's.
_LABELS: Final = {"": "整行", "file": "困难档案", "link": "关联", "standard": "困难标准"}


class _FirstOf(Func):
    """The first three of an array."""

    template = "(%(expressions)s)[1:3]"


class Group(NamedTuple):
    """Open problems of one kind in one column, which are mended in one way."""

    code: str
    field: str
    label: str
    severity: Severity
    rows: int
    #: Where the first of them stand, as Excel counts.
    first: tuple[int, ...] = ()


def label_of(name: str) -> str:
    return _LABELS.get(name) or fields().label(name)


def problem_groups(ledger: LedgerImport) -> list[Group]:
    """What must be handled first, then what must be chosen, then what is to be confirmed."""
    rows = StagedRow.objects.filter(ledger=ledger, written_at__isnull=True)
    counted = (
        rows.annotate(problem=Func(F("open_problems"), function="unnest"))
        .values("problem")
        .annotate(rows=Count("pk"), first=_FirstOf(ArrayAgg("number", order_by="position")))
        .order_by("problem")
    )
    found = []
    for entry in counted:
        code, _, name = entry["problem"].partition(":")
        severity = Problem(code, name, "").severity
        label, first = label_of(name), tuple(entry["first"])
        found.append(Group(code, name, label, severity, entry["rows"], first))
    return sorted(found, key=lambda group: (_ORDER[group.severity], -group.rows, group.code))


def words_of_group(ledger: LedgerImport, code: str, field: str) -> list[tuple[str, int]]:
    """What the cells of a group hold, and how often: the words of `map_word`, `choose_union`."""
    key = key_of_ledger(ledger)
    rows = StagedRow.objects.of_ledger(ledger).with_problem(code, field)
    held = rows.filter(written_at__isnull=True).iterator()
    words = Counter(
        word for row in held for word in _seen(content_of(row, key).open(), code, field)
    )
    return words.most_common()


def _seen(problems: list[Problem], code: str, field: str) -> Iterator[str]:
    for problem in problems:
        if (problem.code, problem.field) == (code, field):
            yield problem.seen


def missing_people(ledger: LedgerImport, among: BeneficiaryQuerySet) -> BeneficiaryQuerySet:
    """Whom the registry has with a live file of the year or the last one, and the file has not.

    Of the unions that the file speaks of. They are listed and never deleted: perhaps they left,
    perhaps somebody forgot them. One look at an index for each person of `among`, whatever the
    database believes of the tables' sizes right after many rows came in.
    """
    rows = StagedRow.objects.filter(ledger=ledger)
    unions = rows.filter(union__isnull=False).order_by().values_list("union", flat=True).distinct()
    files = HardshipFile.objects.live().filter(
        person=OuterRef("pk"),
        year__in=[ledger.year, ledger.year - 1],
        union__in=list(unions),
    )
    is_named = Exists(rows.filter(person=OuterRef("pk")))
    return among.within(ledger.union.path).current().filter(Exists(files), ~is_named)
