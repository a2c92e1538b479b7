"""Destroying what is known about a person (DESIGN §8.24)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from beneficiaries.forms.person import EraseForm
from beneficiaries.models import Attachment, Beneficiary, HardshipFile
from beneficiaries.services.keys import erase_beneficiary
from beneficiaries.services.people import refuse_gone
from beneficiaries.views.person import PERSON, own_person
from relief.lib.http import submit
from unions.access import StaffRequest, needs, reauthenticated
from unions.permissions import Capability
from unions.second_look import is_confirmed, wants_second_look


@needs(Capability.ERASE_PEOPLE, of=PERSON)
@require_http_methods(["GET", "POST"])
@reauthenticated
def person_erase(request: StaffRequest, pk: str) -> HttpResponse:
    """Asked twice, with counts: nobody can bring it back."""
    person = own_person(request, pk)
    form = EraseForm(request.POST or None)
    if wants_second_look(request, form, lambda: refuse_gone(person)):
        context = {
            "heading": f"确认删除个人信息：{person.name}",
            "text": f"理由：{form.cleaned_data['reason']}。删除以后，谁也不能在系统里恢复。",
            "consequences": _consequences(request, person),
            "verb": "永久删除",
            "kind": "danger",
            "of": person.name,
            "cancel_url": reverse("person-detail", args=[pk]),
            "form": form,
        }
        return render(request, "confirm.html", context)
    if is_confirmed(request) and submit(form, erase_beneficiary, by=request.staff, person=person):
        messages.success(request, "个人信息已经删除。")
        return redirect("person-detail", pk=pk)
    return render(request, "beneficiaries/person_erase.html", {"form": form, "person": person})


def _consequences(request: StaffRequest, person: Beneficiary) -> list[str]:
    staff = request.staff
    files = HardshipFile.objects.visible_to(staff).of_person(person).count()
    papers = Attachment.objects.visible_to(staff).of_person(person).count()
    return [
        "姓名、证件号码、电话、住址、银行卡、健康状况和它们以前的内容，全部销毁。",
        f"附件 {papers} 个销毁；档案 {files} 份只留类别、金额和经过，家庭成员的个人信息销毁。",
        "名单上的金额、人数和合计保留，姓名显示为“（已删除）”。",
        "别的机构的档案和台账里如果也有这个人，系统会请那里的管理员核实办理，不会直接删除。",
        "操作记录保留：谁在什么时候删除、理由是什么。旧备份到期后才随之消失。",
    ]
