"""Several files put up at once: one place, one period, one sheet."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from beneficiaries.lifecycle import Status
from beneficiaries.models import HardshipFile
from beneficiaries.services.file_steps import pass_comparison, pass_first_review
from unions.models import Staff
from unions.permissions import Capability, require

_STEPS: Final[dict[str, Callable[..., Any]]] = {
    Status.APPLIED: pass_first_review,
    Status.COMPARISON: pass_comparison,
}


@transaction.atomic
def post_together(
    *, by: Staff, files: Sequence[HardshipFile], place: str, starts_on: date | None = None
) -> list[HardshipFile]:
    """初审 or 核对 passed of every file, each as if alone; all of them are posted, or none.

    Raises ValidationError: nobody, wrong_step (somebody was quicker), not_posted (the rule of a
    union puts nothing up here); PermissionDenied, as the single steps do.
    """
    require(by, Capability.CHECK_RECORDS)
    if not files:
        raise ValidationError("没有能公示的档案。", code="nobody")
    posted = []
    for file in sorted(files, key=lambda one: one.pk):
        step = _STEPS.get(file.status)
        if step is None:
            text = f"{file.person.name}的档案现在是“{file.get_status_display()}”，不能公示。"
            raise ValidationError(text, code="wrong_step")
        done = step(by=by, file=file, place=place, starts_on=starts_on)
        if done.status != Status.PUBLICITY:
            text = f"{file.union.name}的规则这时不公示，请刷新页面再办。"
            raise ValidationError(text, code="not_posted")
        posted.append(done)
    return posted
