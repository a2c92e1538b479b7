from beneficiaries.models.beneficiary import Beneficiary, BeneficiaryLink
from beneficiaries.models.category import CategoryMembership
from beneficiaries.models.file_findings import (
    FileExclusion,
    FileReview,
    IncomeCalculation,
    SpotCheck,
)
from beneficiaries.models.file_steps import FilePublicity, FileStep, PublicityRule
from beneficiaries.models.hardship_file import HardshipFile
from beneficiaries.models.household import HouseholdMember
from beneficiaries.models.ledger_import import ImportRule, LedgerImport, LedgerKey
from beneficiaries.models.ledger_memory import ColumnMemory, WordMemory
from beneficiaries.models.living_standard import LivingStandard
from beneficiaries.models.papers import Attachment, Consent
from beneficiaries.models.past_aid import PastAid
from beneficiaries.models.person_key import PersonKey
from beneficiaries.models.possible_double import PossibleDouble
from beneficiaries.models.same_person import KeptApart, Transfer
from beneficiaries.models.staged_row import StagedRow
from beneficiaries.models.standard_upload import StandardUpload
from beneficiaries.models.workplace import Workplace

__all__ = [
    "Attachment",
    "Beneficiary",
    "BeneficiaryLink",
    "CategoryMembership",
    "ColumnMemory",
    "Consent",
    "FileExclusion",
    "FilePublicity",
    "FileReview",
    "FileStep",
    "HardshipFile",
    "HouseholdMember",
    "ImportRule",
    "IncomeCalculation",
    "KeptApart",
    "LedgerImport",
    "LedgerKey",
    "LivingStandard",
    "PastAid",
    "PersonKey",
    "PossibleDouble",
    "PublicityRule",
    "SpotCheck",
    "StagedRow",
    "StandardUpload",
    "Transfer",
    "WordMemory",
    "Workplace",
]
