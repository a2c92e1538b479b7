"""What is typed about two people who may be one."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from unions.forms.fields import ReasonField, ReasonForm


class KeepApartForm(ReasonForm):
    reason = ReasonField(help_text="例如：同名不同人，证件号码不同；夫妻两人。")


class WithdrawApartForm(ReasonForm):
    reason = ReasonField(label="撤回理由", help_text="例如：核对证件后确认是同一人。")


class MergeForm(ReasonForm):
    """Which versions of the two the page showed: whoever saves meanwhile stops the merge."""

    reason = ReasonField(label="合并理由", help_text="例如：已核对身份证原件，是同一人登记了两次。")
    versions = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean_versions(self) -> tuple[int, int]:
        seen = [part for part in self.cleaned_data["versions"].split(".") if part.isdecimal()]
        if len(seen) != 2 or any(len(part) > 9 for part in seen):
            text = "这一页不完整，请重新打开再合并。"
            raise ValidationError(text, code="versions")
        return int(seen[0]), int(seen[1])

    def rebase(self, versions: str) -> None:
        """Go on from what is stored now."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["versions"] = versions
        self.data = data
