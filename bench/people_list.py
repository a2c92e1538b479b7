"""The SQL of the list of people at any depth, with 200,000 people of one district.

Time of the statements themselves as the client waits for them, median of some rounds, beside what
OFFSET takes and beside the limit: the first page by the index. It runs on a database of its own:
`.venv/bin/python -m bench.people_list [PEOPLE]`. Source: PERFORMANCE, "any list page at any depth".
"""

import os
import sys
import time
from collections.abc import Callable
from itertools import islice
from statistics import median
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 (needs the settings)
from django.http import QueryDict  # noqa: E402

from bench.ledger_rows import NARROW, headings, rows  # noqa: E402
from beneficiaries import personal  # noqa: E402
from beneficiaries.models import Beneficiary, HardshipFile  # noqa: E402
from beneficiaries.views.people_table import PEOPLE as LISTING  # noqa: E402
from relief.codes.services import codes_folder, load_codes  # noqa: E402
from relief.lib.bulk import copy_in, new_row  # noqa: E402
from relief.lib.crypto.sealing import DataKey  # noqa: E402
from tests import cast, database  # noqa: E402
from unions.models import Staff, Union  # noqa: E402

PEOPLE: Final = 200_000
ROUNDS: Final = 7
_CHUNK: Final = 10_000
_NAME: Final = headings(NARROW).index("姓名")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with database.cloned() as name:
        load_codes(codes_folder())
        made = cast.build()
        fill(count, [made.unions[one] for one in ("east-1", "east-2", "cell")])
        tidy(name)
        staff = made.people["mia"]
        last = -(-count // LISTING.table.page_size)
        print(f"{count:,} people                 count ms  others ms  together")
        for label, page in (
            ("first page", 1),
            ("page 100", 100),
            ("a quarter", last // 4),
            ("the middle", last // 2),
            ("the last", last),
        ):
            tell(label, staff, f"page={page}")
        follow(staff, last)
        for label, query in (
            ("one union, middle", f"union=110101001&page={last // 6}"),
            ("在档, middle", f"state=draft&page={last // 2}"),
            ("a name", "q=王伟"),
            ("sorted, middle", f"sort=changed_at&page={last // 2}"),
        ):
            tell(label, staff, query)


def fill(count: int, unions: list[Union]) -> None:
    """With a name and a file each; what is sealed stays in no list."""
    key = DataKey.new()
    cells = rows(count, NARROW)
    while part := list(islice(cells, _CHUNK)):
        people = [_person(str(row[_NAME]).replace(" ", ""), key) for row in part]
        for number, person in enumerate(people):
            person.union_id = unions[number % len(unions)].pk
        files = [
            new_row(HardshipFile, person_id=one.pk, union_id=one.union_id, year=2026)
            for one in people
        ]
        with transaction.atomic():
            copy_in(people)
            copy_in(files)


def _person(name: str, key: DataKey) -> Beneficiary:
    person = new_row(Beneficiary)
    personal.put_name(person, key, name)
    return person


def tidy(name: str) -> None:
    """As the night leaves the tables."""
    with database.connect(name) as owner:
        owner.execute("VACUUM ANALYZE")


def tell(label: str, staff: Staff, query: str) -> None:
    times = [statements(staff, QueryDict(query)) for _ in range(ROUNDS)]
    counting, others = (median(one) for one in zip(*times, strict=True))
    print(f"  {label:26} {counting:9.1f} {others:9.1f} {counting + others:9.1f}", flush=True)


def follow(staff: Staff, last: int) -> None:
    """As somebody turns pages: each link carries the place of the page that it stands on."""
    for label, start in (("the second", 1), ("next to the middle", last // 2)):
        near = turned(staff, f"page={start}")
        tell(f"{label}, by link", staff, f"page={start + 1}&near={near}")
        tell(f"{label}, 2 back", staff, f"page={max(1, start - 2)}&near={near}")


def turned(staff: Staff, query: str) -> str:
    params = QueryDict(query)
    page = LISTING.table.page(LISTING.found(staff, params).rows, params)
    return str(getattr(page.page.paginator, "near", ""))


def statements(staff: Staff, params: QueryDict) -> tuple[float, float]:
    """Milliseconds of the count, and of all other statements, of one page."""
    spent = {True: 0.0, False: 0.0}

    def timed(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        begin = time.perf_counter()
        result = execute(sql, *rest)
        spent["COUNT(" in sql[:20]] += 1000 * (time.perf_counter() - begin)
        return result

    with connection.execute_wrapper(timed):
        LISTING.table.page(LISTING.found(staff, params).rows, params)
    return spent[True], spent[False]


if __name__ == "__main__":
    main()
