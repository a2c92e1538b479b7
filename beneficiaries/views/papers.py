"""Photos and scans about a person, and what the person agreed to."""

import logging

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from beneficiaries import shown
from beneficiaries.forms.papers import ConsentForm, PapersForm
from beneficiaries.models import Attachment, Consent
from beneficiaries.models.papers import AttachmentQuerySet
from beneficiaries.services.papers import (
    add_papers,
    open_attachment,
    record_consent,
    remove_attachment,
    withdraw_consent,
)
from beneficiaries.views.person import PERSON, own_person
from relief.lib.bodies import takes_files
from relief.lib.crypto.sealing import SealError
from relief.lib.http import submit
from unions.access import StaffRequest, needs
from unions.forms.fields import ReasonForm
from unions.limits import limited
from unions.permissions import Capability

ATTACHMENT = "beneficiaries.Attachment"
CONSENT = "beneficiaries.Consent"
logger = logging.getLogger(__name__)


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
@limited("upload")
@takes_files
def attachment_add(request: StaffRequest, pk: str) -> HttpResponse:
    """Upload photos and PDFs; photos are written anew in a child process before they are kept."""
    person = own_person(request, pk)
    form = PapersForm(
        request.POST or None,
        request.FILES or None,
        staff=request.staff,
        person=person,
        initial={"file": request.GET.get("file")},
    )
    if done := submit(form, add_papers, by=request.staff, person=person):
        messages.success(request, f"已上传 {len(done.value)} 个附件。")
        return redirect(f"{reverse('person-detail', args=[pk])}#papers")
    context = {"form": form, "person": person}
    return render(request, "beneficiaries/attachment_add.html", context)


@needs(Capability.REVEAL, of=ATTACHMENT)
@require_safe
@limited("paper", counts="GET")
def attachment_download(request: StaffRequest, pk: str) -> HttpResponse:
    """Hand out one paper: a photo may be looked at, a PDF is only ever saved."""
    attachment = get_object_or_404(_attachments(request), pk=pk)
    try:
        name, content = open_attachment(by=request.staff, attachment=attachment)
    except (ValidationError, SealError, FileNotFoundError) as error:
        if not isinstance(error, ValidationError):
            logger.exception("attachment %s does not open", attachment.pk)
        messages.error(request, "这个附件已经删除，或文件损坏打不开。请重新上传。")
        return redirect("person-detail", pk=attachment.person_id)
    is_photo = attachment.content_type == Attachment.ContentType.JPEG
    disposition = content_disposition_header(as_attachment=not is_photo, filename=name)
    headers = {
        "Content-Disposition": disposition or "",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=attachment.content_type, headers=headers)


@needs(Capability.ENTER_RECORDS, of=ATTACHMENT)
@require_http_methods(["GET", "POST"])
def attachment_remove(request: StaffRequest, pk: str) -> HttpResponse:
    """Take a paper away for ever, with a reason."""
    attachment = get_object_or_404(_attachments(request), pk=pk)
    form = ReasonForm(request.POST or None)
    if submit(form, remove_attachment, by=request.staff, attachment=attachment):
        messages.success(request, "附件已删除。")
        return redirect(f"{reverse('person-detail', args=[attachment.person_id])}#papers")
    names = shown.papers_of(request.staff, attachment.person)
    name = next((row.name for row in names if row.paper.pk == attachment.pk), "")
    context = {"form": form, "attachment": attachment, "name": name}
    return render(request, "beneficiaries/attachment_remove.html", context)


@needs(Capability.ENTER_RECORDS, of=PERSON)
@require_http_methods(["GET", "POST"])
def consent_record(request: StaffRequest, pk: str) -> HttpResponse:
    """Note what the person (or a guardian) signed."""
    person = own_person(request, pk)
    papers = [] if person.erased_at else shown.papers_of(request.staff, person)
    form = ConsentForm(request.POST or None, papers=papers)
    if submit(form, record_consent, by=request.staff, person=person):
        messages.success(request, "已登记同意书。")
        return redirect(f"{reverse('person-detail', args=[pk])}#consents")
    context = {"form": form, "person": person}
    return render(request, "beneficiaries/consent_record.html", context)


@needs(Capability.ENTER_RECORDS, of=CONSENT)
@require_http_methods(["GET", "POST"])
def consent_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """The person takes a consent back; the row stays, with its last day."""
    visible = Consent.objects.visible_to(request.staff).select_related("person__union")
    consent = get_object_or_404(visible, pk=pk)
    form = ReasonForm(request.POST or None)
    if submit(form, withdraw_consent, by=request.staff, consent=consent):
        messages.success(request, "已登记撤回。")
        return redirect(f"{reverse('person-detail', args=[consent.person_id])}#consents")
    context = {"form": form, "consent": consent}
    return render(request, "beneficiaries/consent_withdraw.html", context)


def _attachments(request: StaffRequest) -> AttachmentQuerySet:
    return Attachment.objects.visible_to(request.staff).select_related("person__union", "kind")
