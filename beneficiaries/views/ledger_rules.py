"""Whether the imports of a union wait for a reviewer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from beneficiaries.forms.ledgers import ImportRuleForm
from beneficiaries.models import ImportRule
from beneficiaries.services.ledgers.rules import set_import_rule
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.models import Union
from unions.permissions import Capability


@needs(Capability.SET_RULES, of="unions.Union")
@require_http_methods(["GET", "POST"])
def import_rule_change(request: StaffRequest, code: str) -> HttpResponse:
    """Switch it for a union and for those below it that have no rule of their own."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    rule = ImportRule.objects.visible_to(request.staff).for_union(union)
    needs_release = rule.needs_release
    initial = {"needs_release": "yes" if needs_release else "no"}
    form = ImportRuleForm(request.POST or None, initial=initial)
    if submit(form, set_import_rule, by=request.staff, union=union):
        messages.success(request, "导入规则已保存，还没写入的台账照此办理。")
        return redirect("union-detail", code=code)
    return render(request, "beneficiaries/import_rule_change.html", {"form": form, "union": union})
