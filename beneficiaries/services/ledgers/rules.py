"""Whether an import waits for a reviewer."""

from django.db import transaction

from audit.models import Event
from beneficiaries.models import ImportRule
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record


@transaction.atomic
def set_import_rule(*, by: Staff, union: Union, needs_release: bool) -> ImportRule:
    """Whether a reviewer releases the imports of this union and of those below."""
    require(by, Capability.SET_RULES, at=union)
    rule = ImportRule.objects.filter(union=union).first() or ImportRule(union=union)
    rule.needs_release = needs_release
    rule.save()
    record(by, Event.Action.SETTING, union, needs_release=needs_release)
    return rule
