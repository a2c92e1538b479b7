"""The form of a hardship file in the groups that its pages show. Source: DOMAIN §3.4."""

from typing import Final, NamedTuple


class Section(NamedTuple):
    key: str
    title: str
    fields: tuple[str, ...]


SECTIONS: Final = (
    Section(
        "class",
        "困难认定",
        (
            "standard",
            "hardship_class",
            "file_standard",
            "file_kind",
            "family_kind",
            "main_cause",
            "other_causes",
            "hardship",
        ),
    ),
    Section(
        "person",
        "本人情况",
        (
            "health",
            "disability",
            "ethnicity",
            "political_status",
            "marriage",
            "household_registration",
            "region",
            "medical_insurance",
            "model_worker",
            "postcode",
        ),
    ),
    Section(
        "work",
        "工作情况",
        (
            "work_status",
            "working_since",
            "workplace",
            "industry",
            "employer_kind",
            "employer_state",
            "contract_signed_on",
            "contract_term",
        ),
    ),
    Section(
        "home",
        "家庭与住房",
        (
            "household_size",
            "household_size_reason",
            "housing",
            "floor_area",
            "is_single_parent",
            "has_no_worker",
            "has_ability",
        ),
    ),
    Section(
        "money",
        "收入与支出",
        ("own_monthly_income", "other_yearly_income", "yearly_income", "rigid_spending"),
    ),
    Section("rest", "档案与备注", ("number", "opened_on", "remark")),
)
#: What says why the family is poor: nobody reads it by the way (SECURITY §2.8).
SEALED: Final = ("health", "disability", "hardship", "remark")
