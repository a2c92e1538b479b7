"""What the log calls people, their files and workplaces.

Whoever reads the log without a business right sees no name.
"""

from collections.abc import Iterator

from beneficiaries.models import Beneficiary, HardshipFile, Workplace
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import NamedRows


def people(staff: Staff) -> Iterator[NamedRows]:
    may_read = has(staff, Capability.READ_RECORDS)
    for model, name in (
        (Beneficiary, "name"),
        (HardshipFile, "person__name"),
        (Workplace, "name"),
    ):
        visible = model.objects.visible_to(staff)
        yield NamedRows(visible if may_read else visible.none(), name)
