"""Choices out of code lists, old values apart and only where they stand already."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from relief.codes.models import Code

OLD_GROUP = "旧标准"


class CodesOnOffer:
    """The lists of a form, read in one query. `kept` stand in the row already."""

    def __init__(
        self, list_keys: Iterable[str], *, kept: Iterable[str | None], with_old: bool = False
    ) -> None:
        today = timezone.localdate()
        self._kept = {key for key in kept if key}
        self._with_old = with_old
        self._lists: dict[str, list[Code]] = defaultdict(list)
        rows = Code.objects.filter(list_id__in=set(list_keys)).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=today) | Q(pk__in=self._kept)
        )
        for code in rows.select_related("parent").order_by("list_id", "position", "key"):
            self._lists[code.list_id].append(code)

    def of(self, list_key: str) -> dict[str, Code]:
        """Key → value of everything that may be chosen."""
        return {code.pk: code for code in self._lists[list_key] if self._is_offered(code)}

    def choices(self, list_key: str) -> list[Any]:
        """For a select: the present values, then the old ones in a group of their own."""
        offered = self.of(list_key).values()
        current = [(code.pk, words(code)) for code in offered if _is_current(code)]
        old = [(code.pk, words(code)) for code in offered if not _is_current(code)]
        return [("", "请选择"), *current, *([(OLD_GROUP, old)] if old else [])]

    def _is_offered(self, code: Code) -> bool:
        is_old = code.generation == Code.Generation.OLD
        return _is_current(code) or code.pk in self._kept or (self._with_old and is_old)


def _is_current(code: Code) -> bool:
    is_open = code.closed_on is None or code.closed_on > timezone.localdate()
    return is_open and code.generation in {Code.Generation.ANY, Code.Generation.NEW}


def words(code: Code) -> str:
    """A street says its district, too."""
    parent = code.parent
    return f"{parent.name} {code.name}" if parent and parent.parent_id else code.name


class CodeField(forms.TypedChoiceField):
    """One value of a list, as the row that the model wants."""

    def __init__(self, *, list_key: str, **options: Any) -> None:
        super().__init__(**{"required": False, "empty_value": None} | options)
        self.list_key = list_key
        self.error_messages["invalid_choice"] = "请从列表里选。"

    def offer(self, codes: CodesOnOffer) -> None:
        self.choices = codes.choices(self.list_key)
        self.coerce = codes.of(self.list_key).__getitem__

    def has_changed(self, initial: Any, data: Any) -> bool:
        key = initial.pk if isinstance(initial, Code) else initial
        return bool((key or "") != (data or ""))

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Code) else value
