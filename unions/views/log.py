"""操作日志 (P20): who did what, when, from where; old → new; export."""

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from audit.models import Event, EventQuerySet
from unions.access import StaffRequest, needs
from unions.filters import EventFilter
from unions.limits import limited
from unions.models import Staff, User
from unions.object_history import changes_of, is_visible, tracked_model
from unions.permissions import Capability, Role
from unions.tables import export, list_page, render_list
from unions.views.log_table import LOG_TABLE


def visible_events(staff: Staff) -> EventQuerySet:
    """Events of the own subtree; the root's audit administrator also reads those of no union."""
    events = Event.objects.within(staff.union.path)
    if staff.role == Role.AUDIT_ADMIN and staff.union.parent_id is None:
        events = events | Event.objects.filter(union_path="")
    name = User.objects.filter(pk=OuterRef("actor_id")).values("full_name")[:1]
    return events.annotate(actor_name=Subquery(name))


@needs(Capability.READ_LOG)
@require_safe
def log_list(request: StaffRequest) -> HttpResponse:
    """The log, filtered by person, action, object and days."""
    context = list_page(request, LOG_TABLE, visible_events(request.staff), EventFilter)
    return render_list(request, "unions/log_list.html", context)


@needs(Capability.READ_LOG)
@require_POST
@limited("export")
def log_export(request: StaffRequest) -> HttpResponse:
    """The filtered log as a workbook."""
    return export(request, LOG_TABLE, visible_events(request.staff), EventFilter, title="操作日志")


@needs(Capability.READ_LOG)
@require_safe
def log_object(request: StaffRequest, label: str, pk: str) -> HttpResponse:
    """Everything that happened to one object: acts, and old → new of every write."""
    model = tracked_model(label)
    if model is None or not is_visible(request.staff, model, pk):
        raise Http404
    changes = changes_of(model, pk)
    names = dict(
        User.objects.filter(pk__in={change.user_id for change in changes}).values_list(
            "pk", "full_name"
        )
    )
    context = {
        "model_name": model._meta.verbose_name,
        "target": model._default_manager.filter(pk=pk).first(),
        "events": visible_events(request.staff).about(label, pk).newest_first()[:200],
        "changes": [(change, names.get(change.user_id or 0, "系统")) for change in changes],
    }
    return render(request, "unions/log_object.html", context)
