from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from relief.lib.forms import Form


class UploadForm(Form):
    file = forms.FileField(
        label="文件",
        max_length=200,
        allow_empty_file=False,
        help_text="Excel（.xlsx、.xls）、WPS（.et）或 CSV，不超过 20 MB。",
        error_messages={
            "empty": "这个文件是空的，请重新选择。",
            "max_length": "文件名太长，请改短再上传。",
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"].widget.attrs["data-relief-most"] = str(settings.UPLOAD_MAX_BYTES)

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            megabytes = settings.UPLOAD_MAX_BYTES // 1024 // 1024
            raise ValidationError(f"文件超过 {megabytes} MB，请分成几份再上传。", code="too_large")
        return file
