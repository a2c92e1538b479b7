from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from beneficiaries.models import Workplace
from relief.lib.http import typed
from unions.access import StaffRequest, needs
from unions.limits import limited
from unions.permissions import Capability


@needs(Capability.READ_RECORDS)
@require_safe
@limited("search", counts="GET")
def workplace_search(request: StaffRequest) -> HttpResponse:
    """Typeahead: open workplaces of the own subtree by name, credit code, pinyin or initials."""
    query = typed(request, "q")
    found = Workplace.objects.visible_to(request.staff).open().matching(query)
    rows = found.select_related("union").order_by("name", "pk")[:12]
    options = [(workplace.pk, workplace.name, workplace.union.name) for workplace in rows]
    context = {"options": options, "query": query}
    return render(request, "components/typeahead_options.html", context)
