"""The landing page (P2), the typeahead, the help."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from relief.lib.access import signed_in
from relief.lib.http import typed
from relief.lib.regions import vary, wants_region
from unions import slots
from unions.access import SignedInRequest, StaffRequest, needs
from unions.landing import last_done, shortcuts_for
from unions.limits import limited
from unions.models import Message, Union
from unions.permissions import Capability


@signed_in
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """What waits for me, what was sent to me, where to begin, what I did last."""
    staff = request.staff
    unread = Message.objects.to(request.user, staff).unread().newest_first()
    context = {
        "figures": slots.figures.items(staff) if staff else [],
        "tasks": slots.tasks.items(staff) if staff else [],
        "unread_messages": unread[:10],
        "shortcuts": shortcuts_for(staff),
        "last_done": last_done(staff) if staff else [],
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
def search(request: SignedInRequest) -> HttpResponse:
    """The shared search: unions, staff, what higher apps add; each hit leads to its page."""
    query = typed(request, "q")
    hits = slots.search.items(request.staff, query) if query and request.staff else []
    if wants_region(request):
        options = [(hit.url, hit.label, hit.note) for hit in hits]
        context = {"options": options, "query": query}
        return vary(render(request, "components/typeahead_options.html", context))
    return vary(render(request, "unions/search.html", {"hits": hits, "query": query}))


@signed_in
@require_safe
def help_page(request: SignedInRequest) -> HttpResponse:
    """What can be done here, and the keys."""
    return render(request, "help.html")
