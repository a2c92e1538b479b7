"""Code lists in the system administration."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from import_export.admin import ImportExportMixin
from import_export.tmp_storages import MediaStorage

from relief.admin import KeptModelAdmin
from relief.codes.formats import ChineseCSV, LimitedXLSX
from relief.codes.models import Code, CodeList
from relief.codes.resources import CodeListResource, CodeResource


class ExchangeAdmin(ImportExportMixin, KeptModelAdmin):
    """Import of Excel or CSV with a preview; export of the filtered rows as Excel."""

    import_formats = (LimitedXLSX, ChineseCSV)
    export_formats = (LimitedXLSX,)
    #: The page on which one could choose columns is full of inline script, which our CSP stops.
    skip_export_form = True
    #: The file waits for the confirmation in the shared folder: another machine may get the click.
    tmp_storage_class = MediaStorage

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        """Say what is wrong with the file; what only a programmer understands becomes one word."""
        message = "文件读不出来。请用导出的文件作样子，存成 .xlsx 或 .csv 再选。"
        form.add_error("import_file", e if isinstance(e, ValidationError) else message)


class WordsField(forms.CharField):
    """A list of words, one per line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = value if isinstance(value, list) else str(value or "").splitlines()
        return [word.strip() for word in words if word.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class CodeForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    aliases = WordsField(
        label="别名", required=False, help_text="一行一个。表格和报道里的其他写法，导入时照样认得。"
    )

    class Meta:
        model = Code
        fields = (
            "list",
            "code",
            "name",
            "generation",
            "parent",
            "position",
            "aliases",
            "source",
            "closed_on",
            "replaced_by",
        )


@admin.register(CodeList)
class CodeListAdmin(ExchangeAdmin):
    resource_classes = (CodeListResource,)
    list_display = ("name", "key", "source")
    search_fields = ("name", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj else ()


@admin.register(Code)
class CodeAdmin(ExchangeAdmin):
    form = CodeForm
    resource_classes = (CodeResource,)
    list_display = ("name", "list", "code", "generation", "parent", "closed_on", "is_local")
    list_filter = ("list", "generation")
    list_select_related = ("list", "parent")
    list_per_page = 100
    search_fields = ("name", "code", "aliases")
    autocomplete_fields = ("parent", "replaced_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("list", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Code, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        obj.is_local = True
        super().save_model(request, obj, form, change)
