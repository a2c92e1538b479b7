"""What can be done with ticked people and files (P5)."""

from collections.abc import Iterator

from unions.models import Staff
from unions.permissions import Capability
from unions.slots import BulkAction

_EXPORT = (Capability.EXPORT_RECORDS,)
_NOTICES = (Capability.CHECK_RECORDS, Capability.ENTER_RECORDS)


def actions(table: str, staff: Staff) -> Iterator[BulkAction]:
    if table == "people":
        yield BulkAction("导出", "people-export", "download", _EXPORT)
    if table == "files":
        yield BulkAction("导出", "file-export", "download", _EXPORT)
        yield BulkAction("公示单", "file-notices", "print", _NOTICES)
        yield BulkAction("一起公示", "file-post-together", "bell", (Capability.CHECK_RECORDS,))
