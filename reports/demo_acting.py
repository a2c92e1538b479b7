"""Acting as the demo postings: through the services, so that histories and logs are as in life."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from stdnum.cn import ric

from beneficiaries.models import Beneficiary
from relief.codes.models import Code
from relief.lib.history import acting
from unions.models import Staff
from unions.permissions import Role

T = TypeVar("T")


@dataclass
class Demo:
    """What making the demo needs at hand: the plan, the postings, the codes."""

    plan: dict[str, Any]
    people: list[Beneficiary] = field(default_factory=list)
    #: Name → the number of the first invented person called so.
    numbers: dict[str, str] = field(default_factory=dict)
    _acts: "count[int]" = field(default_factory=count)
    _serials: "count[int]" = field(default_factory=lambda: count(400))

    def act(self, service: Callable[..., T], *, by: Staff, **given: Any) -> T:
        """One act of somebody, as a request of its own."""
        request = f"demo-{next(self._acts)}"
        with acting(user_id=by.user_id, staff_id=by.pk, request_id=request):
            return service(by=by, **given)

    def staff(self, union: str, role: Role) -> Staff:
        postings = Staff.objects.live().with_people()
        return postings.filter(union__code=union, role=role).order_by("pk")[0]

    def code(self, list_key: str, name: str) -> Code:
        """The value of that name; where generations share a name, today's."""
        return self._codes[list_key, name]

    @cached_property
    def _codes(self) -> dict[tuple[str, str], Code]:
        rows = {(row.list_id, row.name): row for row in Code.objects.order_by("pk")}
        return rows | {(row.list_id, row.name): row for row in Code.objects.current()}

    def id_number(self, born: date, sex: str) -> str:
        """A number of the right shape, as no register gave it out."""
        serial = 2 * next(self._serials) + (sex == Beneficiary.Sex.MALE)
        first = f"110101{born:%Y%m%d}{serial % 1000:03d}"
        return first + str(ric.calc_check_digit(f"{first}0"))

    def phone(self) -> str:
        return f"1380000{2 * next(self._serials):04d}"
