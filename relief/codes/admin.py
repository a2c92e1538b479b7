"""Code lists in the system administration."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import XLSX
from import_export.forms import ImportForm
from import_export.results import Result
from import_export.tmp_storages import MediaStorage

from relief.admin import SystemModelAdmin, limited, record_exchange
from relief.codes.formats import UploadedTable
from relief.codes.models import Code, CodeList
from relief.codes.resources import CodeListResource, CodeResource


class UploadForm(ImportForm):
    """One file; what kind it is, its content says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = "文件"
        self.fields["format"].widget = forms.HiddenInput()


class ExchangeAdmin(ImportExportMixin, SystemModelAdmin):
    """Import of Excel or CSV with a preview; export of the filtered rows as Excel."""

    import_formats = (UploadedTable,)
    export_formats = (XLSX,)
    import_form_class = UploadForm
    #: The page on which one could choose columns is full of inline script, which our CSP stops.
    skip_export_form = True
    #: The file waits for the confirmation in the shared folder: another machine may get the click.
    tmp_storage_class = MediaStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = limited("upload", super().import_action, request, **kwargs)
        if isinstance(response, TemplateResponse) and response.context_data:
            result = response.context_data.get("result")
            response.context_data["problems"] = list(problems(result)) if result else []
        return response

    def export_action(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":  # it is written into the log, and counted
            return HttpResponseNotAllowed(["POST"])
        response = limited("export", super().export_action, request)
        if response.status_code == 200:
            name = f"{self.opts.verbose_name}-{timezone.localdate():%Y%m%d}.xlsx"
            disposition = content_disposition_header(as_attachment=True, filename=name)
            response.headers["Content-Disposition"] = disposition or ""
        return response

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        content = super().get_export_data(file_format, request, queryset, **kwargs)
        record_exchange(request, "export", table=self.opts.label, rows=queryset.count())
        return content

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """All rows or none; every one that was written has an entry of its own in the log."""
        if any(problems(result)):
            messages.error(request, "没有写入：核对以后有人改过代码表。请重新上传，再核对一次。")
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        response: HttpResponse = super().process_result(result, request)
        return response

    def generate_log_entries(self, result: Result, request: HttpRequest) -> None:
        for row in result:
            if row.is_new():
                self.log_addition(request, row.instance, "由文件导入")
            elif row.is_update():
                self.log_change(request, row.instance, "由文件导入")
        record_exchange(request, "import", table=self.opts.label, **_counts(result))

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        counts = _counts(result)
        text = "已写入：新建 {new} 个，修改 {update} 个，无变化 {skip} 个。"
        messages.success(request, text.format(**counts))

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        """The format refuses in words; anything else is a bug and must be loud."""
        if not isinstance(e, ValidationError):
            raise e
        form.add_error("import_file", e)


def problems(result: Result) -> Iterator[tuple[str, list[str]]]:
    """(where, sentences) for what has to be mended before anything is written."""
    for failed in result.base_errors:
        yield "整个文件", _sentences(failed.error)
    for number, row in enumerate(result.rows, start=2):  # below the headings
        found = [sentence for failed in row.errors for sentence in _sentences(failed.error)]
        if row.validation_error is not None:
            found += _named(row.validation_error)
        if found:
            yield f"第 {number} 行", found


def _sentences(error: Exception) -> list[str]:
    """Of a refusal; anything else is a bug and must be loud."""
    if isinstance(error, ValidationError):
        return error.messages
    if isinstance(error, ValueError):
        return [str(error)]
    raise error


def _named(error: ValidationError) -> list[str]:
    """With the heading of the column, where the sentence itself does not name it."""
    said = []
    for name, texts in error.message_dict.items():
        field = CodeResource.fields.get(name)
        heading = f"{field.column_name}：" if field else ""
        said += [text if heading[:-1] in text else f"{heading}{text}" for text in texts]
    return said


def _counts(result: Result) -> dict[str, int]:
    return {kind: result.totals[kind] for kind in ("new", "update", "skip")}


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
    list_display = ("name", "key")
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
