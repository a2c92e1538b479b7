"""Invented data for the components page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from relief.jobs.models import Job
from relief.lib import charts
from relief.lib.grids import Grid, GridCell, GridColumn, GridRow
from relief.lib.money import format_money

PEOPLE: Final = [
    {"name": "王桂兰", "id_last4": "5305", "street": "建国门街道", "sum": Decimal(5000)},
    {"name": "李建国", "id_last4": "2471", "street": "东直门街道", "sum": Decimal(3000)},
    {"name": "张淑珍", "id_last4": "6468", "street": "天坛街道", "sum": Decimal("2000.50")},
    {"name": "欧阳志强", "id_last4": "0791", "street": "龙潭街道", "sum": Decimal(5000)},
    {"name": "刘海燕", "id_last4": "118X", "street": "建国门街道", "sum": Decimal(3000)},
]

UNITS: Final = [
    ("建国门街道", None, 10_000, "近", None, ""),
    ("体育馆路街道", 60, 3_425, "", None, ""),
    ("天坛街道", 55, 2_850, "", Decimal(76_000), ""),
    ("龙潭街道", None, 2_000, "余", Decimal(80_000), "余"),
    ("东花市街道", 30, 1_600, "余", None, ""),
    ("东直门街道", None, 13, "", Decimal(11_300), ""),
    ("永外街道", 38, None, "", None, ""),
]

PIXEL: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='120' height='120'%3E"
    "%3Crect width='120' height='120' fill='%23b98b62'/%3E%3C/svg%3E"
)


@dataclass(frozen=True, kw_only=True)
class Term:
    number: int
    label: str
    kind: str = ""
    icon: str = ""
    url: str = "#equation"


def job(status: str, **values: Any) -> Job:
    """A job that stands in no table."""
    return Job(kind="sample", title="导入 建国门街道困难职工台账.xlsx", status=status, **values)


def everything(now: datetime) -> dict[str, Any]:
    return {
        "units": [dict(zip(UNIT_KEYS, unit, strict=True)) for unit in UNITS],
        "kpis": KPIS,
        "total": Term(number=268, label="读出行数"),
        "terms": TERMS,
        "tasks": _tasks(now),
        "jobs": _jobs(now),
        "events": _events(now),
        "photos": [
            {"url": PIXEL, "label": "现场照片一", "note": "126 KB"},
            {"url": PIXEL, "label": "现场照片二", "note": "141 KB"},
        ],
        "steps": ["上传文件", "认列", "核对问题与变化", "写入"],
        "columns": COLUMNS,
        "bulk_actions": [
            {"label": "加入走访计划", "url": "#people", "icon": "visit"},
            {"label": "导出", "url": "#people", "icon": "download"},
        ],
        "chips": [("街道", "建国门街道", "?"), ("年审", "到期", "?")],
        "consequences": ["12 个人的名字退回待选名单", "已经打印的签领表作废", "操作记录保留"],
        "grid": _grid(),
        "paper": _paper(),
        "today": now.date(),
        "late": now.date() - timedelta(days=2),
        "soon": now.date() + timedelta(days=3),
        "earlier": now - timedelta(minutes=5),
        "now": now,
        **_charts(),
    }


UNIT_KEYS: Final = ("name", "firms", "people", "people_mark", "goods", "goods_mark")
KPIS: Final = [
    ("筹措慰问款物", "329.4", "万余元", "其中一线职工慰问 66 万元", "#kpi"),
    ("走访慰问企业", "567", "家", "4 个街道已报，合计 183 家余", "#kpi"),
    ("慰问一线职工", "34,476", "人", "9 个单位已报，合计约 2.1 万", "#kpi"),
    ("慰问困难职工", "", "户", "还没有单位报来", ""),
]

TERMS: Final = [
    Term(number=31, label="新增", kind="ok", icon="plus"),
    Term(number=14, label="更新", kind="info", icon="refresh"),
    Term(number=215, label="无变化", icon="equals"),
    Term(number=6, label="必须处理", kind="err", icon="cross"),
    Term(number=2, label="重复待选", kind="warn", icon="warning"),
]

COLUMNS: Final = [
    {"key": "name", "label": "姓名", "is_shown": True, "is_fixed": True},
    {"key": "street", "label": "街道", "is_shown": True, "is_fixed": False},
    {"key": "phone", "label": "电话", "is_shown": False, "is_fixed": False},
]


def _jobs(now: datetime) -> list[Job]:
    file = {"result_name": "问题行.xlsx", "expires_at": now + timedelta(days=30)}
    return [
        job("queued"),
        job("running", done_count=3_200, total_count=5_000),
        job("done", total_count=5_000, message="新增 31 人，更新 14 人。"),
        job("done", total_count=5_000, problem_count=6, result_file="problems.xlsx", **file),
        job("failed", message="文件里没有“姓名”这一列。", is_refused=True),
        job("interrupted", message="处理时中断了，可以重新开始。"),
    ]


def _tasks(now: datetime) -> list[dict[str, Any]]:
    today = now.date()
    return [
        {
            "label": "台账更新", "url": "#tasks", "state": "done", "due": today,
            "note": "268 人，昨天导入", "who": "王老师",
        },
        {
            "label": "走访登记", "url": "#tasks", "state": "doing",
            "due": today + timedelta(days=3), "note": "已登记 12/30", "who": "王老师",
        },
        {
            "label": "发放录入", "url": "#tasks", "state": "todo", "due": today - timedelta(days=2),
            "note": "", "who": "李老师",
        },
        {
            "label": "签领表上传", "url": "#tasks", "state": "blocked", "due": None,
            "note": "等区里下拨", "who": "",
        },
    ]  # fmt: skip


def _events(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "at": now - timedelta(minutes=5),
            "who": "王老师（建国门街道）",
            "what": "改了档案",
            "note": "",
            "changes": [("困难类别", "相对困难", "深度困难"), ("电话", "", "138****6021")],
        },
        {
            "at": now - timedelta(days=1),
            "who": "许老师（区权益部）",
            "what": "退回了第 3 批",
            "note": "理由：第 6 行金额请核对",
            "changes": [],
        },
    ]


def _grid() -> Grid:
    columns = [
        GridColumn(key="amount", label="慰问金（元）", kind="money", required=True, summed=True),
        GridColumn(key="goods", label="慰问品"),
        GridColumn(key="worth", label="折价（元）", kind="money", summed=True),
        GridColumn(
            key="way",
            label="方式",
            kind="choice",
            required=True,
            choices=("银行卡", "现金", "代领"),
        ),
        GridColumn(key="day", label="发放日期", kind="day", required=True),
        GridColumn(key="remark", label="备注"),
    ]
    filled = ("5000", "米面油一份", "400", "银行卡", "2019-01-28", "")
    values = [filled, filled, ("30000", *filled[1:]), ("3000", "", "", "", "", ""), ("",) * 6]
    rows = [
        GridRow(
            name=str(person["name"]),
            facts=[(f"****{person['id_last4']}", False), ("5,000", True)],
            limit=Decimal(5000),
            finding="疑似重复" if number == 1 else "",
            cells=[
                GridCell(column=column, name=f"row-{number}-{column.key}", value=value)
                for column, value in zip(columns, values[number], strict=True)
            ],
        )
        for number, person in enumerate(PEOPLE)
    ]
    return Grid(
        label="批量录入",
        fact_heads=[("证件尾号", False), ("标准（元）", True)],
        columns=columns,
        rows=rows,
        budget=Decimal(120_000),
    )


def _paper() -> dict[str, Any]:
    return {
        "particulars": ["单位：建国门街道总工会（盖章）", "活动：2019年“两节”送温暖", "单位：元"],
        "heads": ["序号", "姓名", "证件尾号", "类别", "金额", "本人签字", "代领人及关系"],
        "rows": [
            [
                (str(number), False),
                (person["name"], False),
                (f"****{person['id_last4']}", False),
                ("深度困难", False),
                (format_money(cast("Decimal", person["sum"])), True),
                ("", False),
                ("", False),
            ]
            for number, person in enumerate(PEOPLE, start=1)
        ],
        "signatures": ["经办人：", "复核人：", "负责人："],
    }


def _charts() -> dict[str, Any]:
    marks = {"近": "近 {}", "余": "{} 余", "": "{}"}
    people = [
        charts.Datum(
            label=name,
            value=number,
            url="#charts",
            shown=marks[mark].format(f"{number:,}") if number else "",
        )
        for name, _, number, mark, _, _ in UNITS
    ]
    days = [(f"1月{day}日", (day - 5) ** 2 * 30) for day in range(6, 30)]
    sources = ["政府补助", "上级拨款", "本级投入", "基层自筹"]
    parts = [("建国门街道", [50, 30, 20, 8]), ("东直门街道", [20, 12, 0, 3])]
    return {
        "bar_chart": charts.bar_chart("各单位慰问人数", people, unit="人"),
        "stack_chart": charts.stack_chart("经费来源", sources, parts, unit="万元"),
        "line_chart": charts.line_chart("累计走访", days, unit="户"),
        "progress_part": charts.progress(12, 30, unit="户"),
        "progress_all": charts.progress(30, 30, unit="户"),
        "pair_chart": charts.pair_chart(
            "与去年相比",
            [("慰问一线职工", 34_476, 31_020), ("慰问困难职工", 257, 268), ("走访企业", 567, None)],
            labels=("2019年", "2018年"),
            unit="人、户、家",
        ),
    }
