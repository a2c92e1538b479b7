"""Where higher apps add to the pages of people (DESIGN §8.11)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from beneficiaries.models import Beneficiary
from relief.lib.slots import Slot
from unions.models import Staff
from unions.slots import Panel

#: (staff, person) → what was given to the person, beside the past aid that ledgers told of.
aid_panels: Slot[[Staff, Beneficiary], Panel] = Slot("aid-panels")
#: (staff, person) → visits to the person.
visit_panels: Slot[[Staff, Beneficiary], Panel] = Slot("visit-panels")
#: (staff, person) → whatever else is known about the person.
person_panels: Slot[[Staff, Beneficiary], Panel] = Slot("person-panels")
#: (people, since) → those of them of whom something was noted since: an import keeps these.
people_in_use: Slot[[list[UUID], datetime], UUID] = Slot("people-in-use")
#: () → people who were helped, as a query of their keys: the work list 未帮扶过 leaves them out.
helped_people: Slot[[], QuerySet[Any]] = Slot("helped-people")
