"""What a file must say before it is handed in, by the standard in force.

Source: DOMAIN §3.4: the columns with an asterisk, of the old form and of the present one.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from beneficiaries.models import HardshipFile, HouseholdMember

_BOTH: Final = (
    "hardship_class",
    "ethnicity",
    "political_status",
    "work_status",
    "model_worker",
    "housing",
    "industry",
    "marriage",
    "household_registration",
    "region",
    "working_since",
    "medical_insurance",
    "own_monthly_income",
    "other_yearly_income",
    "yearly_income",
    "household_size",
    "main_cause",
    "health",
)
REQUIRED: Final = MappingProxyType(
    {
        HardshipFile.Standard.OLD: _BOTH,
        HardshipFile.Standard.NEW: (
            *_BOTH,
            "file_standard",
            "file_kind",
            "family_kind",
            "rigid_spending",
        ),
    }
)
#: Value of 健康状况 that makes 残疾类别 required.
DISABLED: Final = "残疾"


def missing(file: HardshipFile, health: str) -> Iterator[tuple[str, str]]:
    """(column, label) of what is still empty; `health` is the unsealed text."""
    for name in REQUIRED[HardshipFile.Standard(file.standard)]:
        if getattr(file, name) in (None, ""):
            yield name, str(file._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    if DISABLED in health and file.disability is None:
        yield "disability", "残疾类别"


def household_differs(file: HardshipFile) -> bool:
    """家庭人口 is another number than the people listed, and nobody said why."""
    listed = HouseholdMember.objects.of_file(file).count()
    return file.household_size != listed and not file.household_size_reason
