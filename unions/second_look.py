"""What a closing, a merger or a move will do, told with counts before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Event
from relief.lib.days import day_words
from relief.lib.http import add_errors
from relief.lib.slots import Slot
from unions.models import Staff, Union
from unions.slots import OpenWork

#: (union) → records that it has; higher apps add people, rosters and money.
records: Slot[[Union], OpenWork] = Slot("union-records")


@dataclass(frozen=True)
class SecondLook:
    """What templates/confirm.html asks."""

    heading: str
    text: str
    consequences: list[str]
    verb: str


def wants_second_look(request: HttpRequest, form: BaseForm, check: Callable[[], None]) -> bool:
    """Whether to ask now: rightly filled in, the service would do it, and no step taken yet.

    What `check` refuses is put onto the form.
    """
    if "step" in request.POST or not form.is_valid():
        return False
    try:
        check()
    except ValidationError as error:
        add_errors(form, error)
        return False
    return True


def is_confirmed(request: HttpRequest) -> bool:
    return request.POST.get("step") == "confirm"


def of_closing(union: Union, *, closed_on: date, reason: str) -> SecondLook:
    return SecondLook(
        heading=f"确认撤销：{union.name}",
        text=f"“{union.name}”自{day_words(closed_on)}起撤销，理由：{reason}。撤销不能恢复。",
        consequences=[_staff(union), *_records(union), "这里不能再录入新的记录。"],
        verb="撤销这个机构",
    )


def of_move(union: Union, *, parent: Union, effective_on: date | None, reason: str) -> SecondLook:
    day = effective_on or timezone.localdate()
    return SecondLook(
        heading=f"确认调整上级：{union.name}",
        text=f"“{union.name}”自{day_words(day)}起归到“{parent.name}”之下，理由：{reason}。",
        consequences=[
            _below(union, parent),
            f"“{parent.name}”看得到这里的全部记录，原来的上级不再看到。",
            "历史报表仍按当时的上级统计。",
        ],
        verb="移到新的上级",
    )


def of_merger(union: Union, *, into: Union, effective_on: date | None, reason: str) -> SecondLook:
    day = effective_on or timezone.localdate()
    return SecondLook(
        heading=f"确认合并：{union.name}",
        text=f"“{union.name}”自{day_words(day)}起并入“{into.name}”，理由：{reason}。合并不能恢复。",
        consequences=[
            _below(union, into),
            _staff(union),
            *_records(union),
            f"“{union.name}”撤销，原有记录以后由“{into.name}”查看。",
        ],
        verb="合并这个机构",
    )


def _below(union: Union, into: Union) -> str:
    count = Union.objects.open().below(union).count()
    if not count:
        return "它下面没有机构。"
    return f"它下面的 {count:,} 个机构归到“{into.name}”之下。"


def _staff(union: Union) -> str:
    count = Staff.objects.live().filter(union=union).count()
    if not count:
        return "没有人在这里任职。"
    return f"这里的 {count:,} 个岗位不能再登录办事，要继续工作的人请到别的机构重新任命。"


def _records(union: Union) -> list[str]:
    kept = [
        *records.items(union),
        OpenWork("操作记录", Event.objects.filter(chain=union.code).count()),
    ]
    return [f"{work.label} {work.count:,} 条都保留，随时能查。" for work in kept if work.count]
