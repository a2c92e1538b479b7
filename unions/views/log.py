"""操作日志 (P20): who did what, when, from where; old → new; export."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from relief.lib.regions import render_region
from relief.lib.tables import page_of
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.lists.exports import export
from unions.lists.page import list_page
from unions.log_names import heading_of
from unions.object_history import entries_of, in_words, tracked_model, visible_object
from unions.permissions import Capability
from unions.scope import may_read
from unions.views.log_table import LOG


@needs(Capability.READ_LOG)
@require_safe
def log_list(request: StaffRequest) -> HttpResponse:
    """The log, filtered by person, action, object and days."""
    return render_region(request, "unions/log_list.html", list_page(request, LOG))


@needs(Capability.READ_LOG)
@require_POST
@limited("export")
def log_export(request: StaffRequest) -> HttpResponse:
    """The filtered log as a workbook."""
    return export(request, LOG)


@needs(Capability.READ_LOG)
@require_safe
def log_object(request: StaffRequest, label: str, pk: str) -> HttpResponse:
    """Everything that happened to one object, request by request, with old → new."""
    model = tracked_model(label)
    if model is not None and not may_read(model, request.staff):
        raise PermissionDenied("您的岗位能看操作日志，不能看业务内容。")
    target = visible_object(request.staff, model, pk) if model else None
    if model is None or target is None:
        raise Http404
    page = page_of(entries_of(request.staff, target), request.GET)
    context = {
        "model_name": model._meta.verbose_name,
        "target": heading_of(request.staff, target),
        "page": page,
        "events": in_words(request.staff, model, page.object_list),
    }
    return render_region(request, "unions/log_object.html", context)
