"""The landing page (P2), the typeahead, the help."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from relief.lib.access import signed_in
from relief.lib.http import typed
from unions import slots
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.models import Message, Staff, Union
from unions.permissions import Capability


@signed_in
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """What waits for me, and what was sent to me."""
    unread = Message.objects.to(request.user, request.staff).unread().newest_first()
    context = {
        "tasks": slots.tasks.items(request.staff) if request.staff else [],
        "unread_messages": unread[:10],
        "postings": Staff.objects.live().of(request.user),
    }
    return render(request, "unions/home.html", context)


@needs(Capability.VIEW_UNIONS)
@require_safe
@limited("search", counts="GET")
def union_search(request: StaffRequest) -> HttpResponse:
    """Typeahead: open unions of the own subtree by name, code, pinyin or initials."""
    query = typed(request, "q")
    found = Union.objects.visible_to(request.staff).open().matching(query).in_tree_order()[:12]
    options = [
        (union.pk, f"{union.name}（{union.code}）", union.get_kind_display()) for union in found
    ]
    context = {"options": options, "query": query}
    return render(request, "components/typeahead_options.html", context)


@signed_in
@require_safe
@limited("search", counts="GET")
def search(request: StaffRequest) -> HttpResponse:
    """The shared search: unions, staff, what higher apps add; each hit leads to its page."""
    query = typed(request, "q")
    hits = slots.search.items(request.staff, query) if query and request.staff else []
    if request.htmx:
        options = [(hit.url, hit.label, hit.note) for hit in hits]
        context = {"options": options, "query": query}
        return render(request, "components/typeahead_options.html", context)
    return render(request, "unions/search.html", {"hits": hits, "query": query})


@signed_in
@require_safe
def help_page(request: StaffRequest) -> HttpResponse:
    """How to do the usual things, and the keyboard shortcuts."""
    return render(request, "help.html", {"is_development": not settings.IS_PRODUCTION})
