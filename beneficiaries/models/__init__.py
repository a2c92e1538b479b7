from beneficiaries.models.beneficiary import Beneficiary, BeneficiaryLink
from beneficiaries.models.category import CategoryMembership
from beneficiaries.models.file_findings import FileExclusion, FileReview, IncomeCalculation
from beneficiaries.models.file_steps import FilePublicity, FileStep, PublicityRule
from beneficiaries.models.hardship_file import HardshipFile
from beneficiaries.models.household import HouseholdMember
from beneficiaries.models.living_standard import LivingStandard
from beneficiaries.models.papers import Attachment, Consent
from beneficiaries.models.person_key import PersonKey
from beneficiaries.models.same_person import KeptApart, Transfer
from beneficiaries.models.workplace import Workplace

__all__ = [
    "Attachment",
    "Beneficiary",
    "BeneficiaryLink",
    "CategoryMembership",
    "Consent",
    "FileExclusion",
    "FilePublicity",
    "FileReview",
    "FileStep",
    "HardshipFile",
    "HouseholdMember",
    "IncomeCalculation",
    "KeptApart",
    "LivingStandard",
    "PersonKey",
    "PublicityRule",
    "Transfer",
    "Workplace",
]
