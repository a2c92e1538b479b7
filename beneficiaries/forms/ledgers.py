"""What the pages of an import ask for."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from relief.lib.forms import Form
from unions.forms.fields import ReasonField, UnionChoiceField
from unions.forms.upload import UploadForm
from unions.models import Staff


class LedgerUploadForm(UploadForm):
    union = UnionChoiceField(
        label="谁的台账",
        help_text="表里写明街道或基层工会的，各人记在各自的机构；没写的记在这里。",
    )
    year = forms.IntegerField(
        label="年度",
        min_value=1990,
        max_value=2100,
        help_text="台账说的是哪一年的困难情况。",
        widget=forms.NumberInput(attrs={"class": "is-short"}),
    )
    field_order = ("file", "union", "year")

    def __init__(self, *args: Any, staff: Staff, **options: Any) -> None:
        super().__init__(*args, **options)
        union = self.fields["union"]
        assert isinstance(union, UnionChoiceField)
        union.narrow(staff)
        union.initial = staff.union_id
        self.fields["year"].initial = timezone.localdate().year

    def clean(self) -> dict[str, Any]:
        file = self.cleaned_data.get("file")
        return self.cleaned_data | {"file_name": file.name if file else ""}


class VersionForm(Form):
    """Nothing to type: which state of the import is meant."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    @property
    def is_stale(self) -> bool:
        """Somebody else decided about the import since the page was opened."""
        return any(error.code == "stale" for error in self.non_field_errors().as_data())

    def rebase(self, version: int) -> None:
        """The next attempt is about the import as it is now; what was typed stays."""
        data = MultiValueDict(self.data)
        data["version"] = str(version)
        self.data = data


class VersionReasonForm(VersionForm):
    reason = ReasonField()


class ImportRuleForm(Form):
    needs_release = forms.TypedChoiceField(
        label="写入前",
        choices=[("no", "经办核对好就可以写入"), ("yes", "要由复核放行")],
        coerce=lambda chosen: chosen == "yes",
        help_text="要放行的，经办提交以后由另一个人看过再写入；自己核对的不能自己放行。",
    )
