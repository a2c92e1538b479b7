"""The lists of this app whose large exports the worker writes in the background."""

from unions.exports import ExportSource, register_export
from unions.filters import EventFilter, StaffFilter, UnionFilter
from unions.models import Staff, Union
from unions.views.log import visible_events
from unions.views.log_table import LOG_TABLE
from unions.views.staff_table import STAFF_TABLE
from unions.views.union_table import UNION_TABLE

register_export(ExportSource(LOG_TABLE, visible_events, EventFilter))
register_export(
    ExportSource(
        STAFF_TABLE, lambda staff: Staff.objects.visible_to(staff).with_people(), StaffFilter
    )
)
register_export(
    ExportSource(
        UNION_TABLE,
        lambda staff: Union.objects.visible_to(staff).select_related("parent"),
        UnionFilter,
    )
)
