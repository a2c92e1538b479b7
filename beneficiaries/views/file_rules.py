"""What files are judged by: 低保 standards, publicity rules, and the drawing of spot checks."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries.forms.file_rules import (
    ChangeStandardForm,
    DrawForm,
    PublicityRuleForm,
    StandardForm,
)
from beneficiaries.models import LivingStandard, PublicityRule
from beneficiaries.publicity import rule_of
from beneficiaries.services.file_rules import (
    add_standard,
    change_standard,
    draw_spot_checks,
    set_publicity_rule,
)
from beneficiaries.views.standard_table import STANDARD_LIST
from relief.lib.http import submit
from relief.lib.regions import render_region
from unions.access import StaffRequest, needs
from unions.lists.page import list_page
from unions.models import Union
from unions.permissions import Capability


@needs(Capability.READ_RECORDS, Capability.KEEP_STANDARDS)
@require_safe
def standard_list(request: StaffRequest) -> HttpResponse:
    """低保标准 of every place, with the days it holds and where it is written."""
    context = list_page(request, STANDARD_LIST)
    return render_region(request, "beneficiaries/standard_list.html", context)


@needs(Capability.KEEP_STANDARDS)
@require_http_methods(["GET", "POST"])
def standard_create(request: StaffRequest) -> HttpResponse:
    """A standard of a place from a day on."""
    form = StandardForm(request.POST or None)
    if submit(form, add_standard, by=request.staff):
        messages.success(request, "低保标准已登记。")
        return redirect("standard-list")
    return render(request, "beneficiaries/standard_create.html", {"form": form})


@needs(Capability.KEEP_STANDARDS)
@require_http_methods(["GET", "POST"])
def standard_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Mend a standard that was typed wrongly; one that was used keeps its amount."""
    standard = get_object_or_404(LivingStandard.objects.select_related("region"), pk=pk)
    initial = {"amount": standard.amount, "document": standard.document}
    form = ChangeStandardForm(request.POST or None, initial=initial)
    if submit(form, change_standard, by=request.staff, standard=standard):
        messages.success(request, "低保标准已修改。")
        return redirect("standard-list")
    context = {"form": form, "standard": standard}
    return render(request, "beneficiaries/standard_change.html", context)


@needs(Capability.SET_RULES)
@require_safe
def publicity_rule_list(request: StaffRequest) -> HttpResponse:
    """The rules of the own subtree, and what holds where there is none."""
    union = request.staff.union
    rules = PublicityRule.objects.visible_to(request.staff).select_related("union")
    context = {
        "union": union,
        "own": PublicityRule.objects.visible_to(request.staff).filter(union=union).first(),
        "usual": PublicityRule(union=union),
        "rules": rules.exclude(union=union).order_by("union__path"),
    }
    return render(request, "beneficiaries/publicity_rule_list.html", context)


@needs(Capability.SET_RULES, of="unions.Union")
@require_http_methods(["GET", "POST"])
def publicity_rule_change(request: StaffRequest, code: str) -> HttpResponse:
    """When the files of a union and of those below are posted, and for how long."""
    union = get_object_or_404(Union.objects.visible_to(request.staff), code=code)
    form = PublicityRuleForm(request.POST or None, initial=_rule(union))
    if submit(form, set_publicity_rule, by=request.staff, union=union):
        messages.success(request, "公示规则已保存，以后走到这一步的档案照此办理。")
        return redirect("publicity-rule-list")
    return render(
        request, "beneficiaries/publicity_rule_change.html", {"form": form, "union": union}
    )


@needs(Capability.CHECK_RECORDS)
@require_http_methods(["GET", "POST"])
def spot_check_draw(request: StaffRequest) -> HttpResponse:
    """Draw the year's spot checks by lot."""
    form = DrawForm(request.POST or None)
    if done := submit(form, draw_spot_checks, by=request.staff):
        count = done.value
        messages.success(request, f"随机抽取了 {count:,} 份档案，都在下面的抽查名单里。")
        return redirect(f"{reverse('file-list')}?work=spot_check")
    return render(request, "beneficiaries/spot_check_draw.html", {"form": form})


def _rule(union: Union) -> dict[str, Any]:
    rule = rule_of(union)
    return {
        "after_first_review": rule.after_first_review,
        "after_comparison": rule.after_comparison,
        "working_days": rule.working_days,
    }
