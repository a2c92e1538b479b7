"""Papers about a person, consents and categories."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from beneficiaries.forms.fields import CodeField
from beneficiaries.models import Attachment, Beneficiary, Consent, HardshipFile
from beneficiaries.shown import NamedPaper
from relief.lib.forms import DayField, Form
from relief.lib.photos.limits import MEBIBYTE
from relief.lib.photos.read import limits_from_settings
from unions.forms.fields import ReasonForm
from unions.models import Staff

#: As many as a form takes at once; together they must fit into one request.
FILES_AT_ONCE: Final = 6
TOGETHER: Final = 20 * MEBIBYTE
_TAKEN: Final = "image/jpeg,image/png,image/webp,application/pdf"


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """All the files that were chosen, as a list."""

    def __init__(self, **options: Any) -> None:
        limits = limits_from_settings()
        hint = (
            f"照片（JPEG、PNG、WebP）每张不超过 {limits.photo_bytes // MEBIBYTE} MB，"
            f"PDF 每份不超过 {limits.pdf_bytes // MEBIBYTE} MB；一次最多 {FILES_AT_ONCE} 个、"
            f"合计 {TOGETHER // MEBIBYTE} MB。照片里的拍摄地点等信息会自动去掉。"
        )
        sizes = {
            "data-relief-most": str(max(limits.photo_bytes, limits.pdf_bytes)),
            "data-relief-most-together": str(TOGETHER),
        }
        super().__init__(
            widget=_SeveralFiles(attrs={"accept": _TAKEN, "multiple": True} | sizes),
            help_text=hint,
            max_length=200,
            **options,
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(SeveralFilesField, self).clean(file, initial) for file in given or [None]]
        if len(files) > FILES_AT_ONCE:
            text = f"一次最多上传 {FILES_AT_ONCE} 个文件，请分几次。"
            raise ValidationError(text, code="too_many_files")
        return files


class PapersForm(Form):
    kind = CodeField(label="附件种类", list_key="evidence")
    uploads = SeveralFilesField(
        label="文件",
        error_messages={
            "empty": "有一个文件是空的，请重新选择。",
            "max_length": "文件名太长，请改短再上传。",
        },
    )
    file = forms.ModelChoiceField(
        label="属于哪份档案",
        queryset=HardshipFile.objects.none(),
        required=False,
        empty_label="不属于某一份档案",
    )

    def __init__(self, *args: Any, staff: Staff, person: Beneficiary, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["file"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = HardshipFile.objects.visible_to(staff).of_person(person)
        field.error_messages["invalid_choice"] = "请从列表里选一份档案。"


class ConsentForm(Form):
    kind = forms.ChoiceField(label="同意事项", choices=[("", "请选择"), *Consent.Kind.choices])
    wording = forms.CharField(
        label="文本版本", max_length=20, help_text="同意书上印的版本，例如 2026-1。"
    )
    signer = forms.ChoiceField(
        label="签署人",
        choices=Consent.Signer.choices,
        initial=Consent.Signer.SELF,
        help_text="未满 14 周岁的由监护人签。",
    )
    given_on = DayField(label="签署日期", required=False, help_text="不填就是今天。")
    paper = forms.ChoiceField(
        label="签字件", required=False, help_text="先在“附件”里上传签字的同意书，再在这里选。"
    )

    def __init__(self, *args: Any, papers: list[NamedPaper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._papers = {str(row.paper.pk): row.paper for row in papers}
        field = self.fields["paper"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "没有签字件"),
            *((str(row.paper.pk), f"{row.paper.kind}：{row.name}") for row in papers),
        ]

    def clean_paper(self) -> Attachment | None:
        return self._papers.get(self.cleaned_data["paper"])


class CategoryForm(Form):
    category = CodeField(label="类别", list_key="category")
    level = CodeField(
        label="劳模级别", list_key="model_worker", required=False, help_text="只有劳模填写。"
    )
    starts_on = DayField(label="起始日期", required=False, help_text="不填就是今天。")
    ends_on = DayField(label="结束日期", required=False, help_text="不填就是没有期限。")
    evidence = CodeField(label="依据", list_key="evidence", required=False)
    evidence_number = forms.CharField(label="依据文号", max_length=60, required=False)


class EndCategoryForm(ReasonForm):
    ends_on = DayField(label="最后一天")
    field_order = ("ends_on", "reason")
