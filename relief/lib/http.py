"""Between a form and a service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, OperationalError
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

T = TypeVar("T")

#: SQLSTATE of our triggers → what the person reads. The service checks first; these are the races.
TRIGGER_MESSAGES = {
    "23R01": "这条记录只能追加，不能修改或删除。",
    "23R02": "这条记录要长期保留，不能删除。",
    "23R03": "这个人在这段时间已经有同样的岗位。",
    "23R04": "这个岗位与此人现有的岗位不相容。",
    "23R05": "这个人的个人信息已经删除，不能恢复。",
    "23R06": "这个人在这段时间已经属于这个类别。",
    "23R11": "机构的位置已经变了，请刷新页面再试。",
    "23R12": "操作日志里没有这个机构，请联系系统管理员。",
    "23R13": "操作人和岗位对不上，请重新登录再试。",
    "23R10": "已经审批或公示的内容不能直接改，请走变更，或者退回后再改。",
    "23R09": "内容还在使用，不能销毁它的密钥。",
    "23R07": "状态已经变了，不能做这一步，请刷新页面。",
}


#: Lock not available, deadlock: the act was rolled back and may be tried again.
WAITED_TOO_LONG = frozenset({"55P03", "40P01"})
UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True)
class Done(Generic[T]):
    """What the service returned; true even where that was None or nothing."""

    value: T


def submit(form: BaseForm, action: Callable[..., T], **context: Any) -> Done[T] | None:
    """Call `action` with the form's data when it is bound and valid; None where it was not done.

    Field names equal the service's argument names. A ValidationError goes back onto the form,
    field by field; errors of fields the form does not have become form-wide ones.
    """
    if not form.is_bound or not form.is_valid():
        return None
    try:
        value = action(**context, **form.cleaned_data)
    except ValidationError as error:
        add_errors(form, error)
        return None
    except IntegrityError as error:
        refusal = trigger_refusal(error) or taken_refusal(error)
        if refusal is None:
            raise
        add_errors(form, refusal)
        return None
    except OperationalError as error:
        if sqlstate(error) not in WAITED_TOO_LONG:
            raise
        form.add_error(None, "有人正在改同一处内容，请过一会儿再提交；您填的都还在。")
        return None
    return Done(value)


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Put each error beside its field, or on top where the form has no such field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        known = field in form.fields and field != NON_FIELD_ERRORS
        for single in errors:
            form.add_error(field if known else None, single)


def trigger_refusal(error: Exception) -> ValidationError | None:
    message = trigger_message(error)
    return None if message is None else ValidationError(message, code="trigger")


def taken_refusal(error: Exception) -> ValidationError | None:
    """The sentence of the model for a value that somebody wrote in the same moment.

    The service looked before it wrote; the second click of a double click comes in between. None
    for any other error.
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    if sqlstate(error) != UNIQUE_VIOLATION or diagnosis is None:
        return None
    model = next((m for m in apps.get_models() if m._meta.db_table == diagnosis.table_name), None)
    if model is None:
        return None
    name = diagnosis.constraint_name or ""
    for constraint in model._meta.constraints:
        if constraint.name == name:
            return ValidationError(constraint.violation_error_message or "", code="taken")
    for field in model._meta.concrete_fields:
        if field.unique and name.startswith(f"{model._meta.db_table}_{field.column}_"):
            text = str(field.error_messages["unique"])
            return ValidationError({field.name: ValidationError(text, code="taken")})
    return None


def trigger_message(error: Exception) -> str | None:
    """The Chinese sentence for a refusal of one of our triggers, None for any other error."""
    return TRIGGER_MESSAGES.get(sqlstate(error))


def sqlstate(error: Exception) -> str:
    """PostgreSQL's code of a database error, or "" for any other."""
    return getattr(error.__cause__, "sqlstate", "") or ""


def typed(request: HttpRequest, name: str) -> str:
    """What was searched for, without the NUL that PostgreSQL can neither store nor compare."""
    return request.GET.get(name, "").replace("\0", "").strip()[:50]


def whole_number(text: str) -> int | None:
    """The key that a form posted; None for anything that is none (or too long to be one)."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def local_path(request: HttpRequest, target: str | None, default: str) -> str:
    """`target` when it leads to a page of this site, else `default` (no open redirect)."""
    is_local = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # `redirect` would take a word without a slash for the name of a view.
    return target if target and target.startswith("/") and is_local else default
