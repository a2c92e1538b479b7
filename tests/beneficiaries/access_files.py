"""The access rows of hardship files."""

import uuid

from beneficiaries.models import HardshipFile
from beneficiaries.services.files import open_file
from tests.access_rows import POST, Arguments, Row, Scoped
from tests.beneficiaries.access_people import clerk_of, person_of
from unions.models import Union


def file_of(union: Union) -> HardshipFile:
    """A draft of somebody whose every value carries the union's code."""
    person = person_of(union)
    return open_file(by=clerk_of(union), person=person, year=2026, number=f"D{union.code}")


def a_file(union: Union) -> Arguments:
    return {"pk": file_of(union).pk}


FILE = Scoped("beneficiaries.HardshipFile", a_file, {"pk": uuid.UUID(int=1)})

ROWS: dict[str, Row] = {
    "file-list": Row(),
    "file-export": Row(POST),
    "file-detail": Row(target=FILE),
}
