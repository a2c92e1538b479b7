"""The living style guide at /components/: every component in every state, outside production only.

The data is invented and stays on this page.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from relief import components_sample as sample
from relief.lib.access import public
from relief.lib.forms import DayField, Form, MoneyField
from relief.lib.icons import ICONS
from relief.lib.regions import render_region
from relief.lib.tables import page_size
from relief.lib.widgets import ChipsMultiple, ChipsRadio, PasswordInput, TypeaheadSelect

RESULTS = [("met", "见到本人"), ("family", "家属在"), ("nobody", "没人"), ("moved", "已搬走")]
GOODS = [("food", "米面油"), ("couplet", "春联福字"), ("pack", "暖心包")]
STREETS = [(name, name) for name in ("建国门街道", "东直门街道", "天坛街道", "龙潭街道")]


class SampleForm(Form):
    name = forms.CharField(label="姓名", max_length=20, help_text="和身份证上的一样")
    street = forms.ChoiceField(
        label="街道",
        choices=[("", "（未选）"), *STREETS],
        widget=TypeaheadSelect(search_url="/components/search/"),
    )
    day = DayField(label="日期")
    amount = MoneyField(label="慰问金", help_text="标准 5,000 元")
    result = forms.ChoiceField(
        label="结果", choices=RESULTS, widget=ChipsRadio({"class": "is-grid"})
    )
    goods = forms.MultipleChoiceField(
        label="慰问品", choices=GOODS, widget=ChipsMultiple, required=False
    )
    way = forms.ChoiceField(
        label="方式", choices=[("bank", "银行转账"), ("cash", "现金")], widget=forms.RadioSelect
    )
    remark = forms.CharField(label="备注", widget=forms.Textarea({"rows": 3}), required=False)
    password = forms.CharField(label="密码", widget=PasswordInput)
    scan = forms.FileField(label="签领表扫描件", required=False)
    agreed = forms.BooleanField(label="本人同意登记这些信息")


class SampleReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=200)


class SampleFilter(Form):
    q = forms.CharField(
        label="姓名、拼音首字母、证件尾号",
        required=False,
        widget=forms.TextInput({"type": "search", "data-relief-search": True}),
    )
    filter_street = forms.ChoiceField(
        label="街道", choices=[("", "全部"), *STREETS], required=False
    )
    filter_state = forms.ChoiceField(
        label="年审", choices=[("", "全部"), ("due", "到期"), ("done", "已审")], required=False
    )


@public
@require_GET
def components_page(request: HttpRequest) -> HttpResponse:
    _only_in_development()
    size = page_size(request.GET, 20)
    page = Paginator(sample.PEOPLE * 24, size).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": SampleForm(prefix="sample"),
        "wrong_form": SampleForm(
            {"wrong-name": "", "wrong-amount": "两千", "wrong-result": "met"}, prefix="wrong"
        ),
        "reason_form": SampleReasonForm(prefix="reason"),
        "filter_form": SampleFilter(request.GET or None),
        "page": page,
        "icons": sorted(ICONS),
        "sample": sample.everything(timezone.localtime()),
    }
    return render_region(request, "components_page.html", context)


@public
@require_GET
def components_search(request: HttpRequest) -> HttpResponse:
    _only_in_development()
    query = request.GET.get("q", "").strip()
    options = [(key, label, "街道总工会") for key, label in STREETS if query in label]
    context = {"options": options, "query": query}
    return render(request, "components/typeahead_options.html", context)


@public
@require_GET
def components_progress(request: HttpRequest) -> HttpResponse:
    """A job that is always half done, to see the polling."""
    _only_in_development()
    seconds = int(timedelta(minutes=1).total_seconds())
    done = 5_000 * timezone.localtime().second // seconds
    context = {
        "job": sample.job("running", done_count=done, total_count=5_000),
        "page_url": "#jobs",
        "poll_url": request.path,
        "download_url": "",
        "restart_url": "",
    }
    return render(request, "components/progress_row.html", context)


def _only_in_development() -> None:
    if not settings.DEBUG and settings.ENVIRONMENT != "development":
        raise Http404
