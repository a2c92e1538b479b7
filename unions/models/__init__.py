from unions.models.account_request import AccountRequest
from unions.models.factor import PhoneFactor, RecoveryCode
from unions.models.message import Message
from unions.models.preference import SavedFilter, TablePreference
from unions.models.rate import RateWindow
from unions.models.session import Session
from unions.models.staff import IncompatibleRoles, Staff
from unions.models.union import Union, UnionChange
from unions.models.upload import UnionUpload
from unions.models.user import PasswordRecord, User

__all__ = [
    "AccountRequest",
    "IncompatibleRoles",
    "Message",
    "PasswordRecord",
    "PhoneFactor",
    "RateWindow",
    "RecoveryCode",
    "SavedFilter",
    "Session",
    "Staff",
    "TablePreference",
    "Union",
    "UnionChange",
    "UnionUpload",
    "User",
]
