"""What the log calls people. Whoever reads the log without a business right sees no name."""

from collections.abc import Iterator

from beneficiaries.models import Beneficiary
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import NamedRows


def people(staff: Staff) -> Iterator[NamedRows]:
    visible = Beneficiary.objects.visible_to(staff)
    yield NamedRows(visible if has(staff, Capability.READ_RECORDS) else visible.none(), "name")
