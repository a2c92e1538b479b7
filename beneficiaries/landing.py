"""What this app adds to the landing page beside its tasks: figures, and where to begin."""

from collections.abc import Iterator

from django.db.models import Count, Q
from django.urls import reverse

from beneficiaries.models import Beneficiary, HardshipFile
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import Figure, Shortcut

_SHORTCUTS = (
    Shortcut(
        "导入台账",
        "手里的 Excel 直接传，核对以后再写入",
        "ledger-upload",
        "upload",
        (Capability.ENTER_RECORDS,),
    ),
    Shortcut(
        "登记帮扶对象",
        "先按证件号码查，没有再登记",
        "people-find",
        "plus",
        (Capability.ENTER_RECORDS,),
    ),
    Shortcut(
        "看困难档案", "复核、公示和历年的档案", "file-list", "file", (Capability.READ_RECORDS,)
    ),
    Shortcut(
        "查台账名单",
        "按姓名、类别、机构找人",
        "people-list",
        "people",
        (Capability.READ_RECORDS,),
    ),
)


def shortcuts(staff: Staff) -> Iterator[Shortcut]:
    yield from _SHORTCUTS


def figures(staff: Staff) -> Iterator[Figure]:
    if not has(staff, Capability.READ_RECORDS):
        return
    people = Beneficiary.objects.visible_to(staff).current().count()
    yield Figure("帮扶对象", people, "人", "本机构及下级登记或关联的", reverse("people-list"))
    from_ledgers = Q(ledger__isnull=False, approved_on__isnull=True)
    files = (
        HardshipFile.objects.visible_to(staff)
        .active()
        .aggregate(all=Count("pk"), unreviewed=Count("pk", filter=from_ledgers))
    )
    note = "现在有效的"
    if files["unreviewed"]:
        note = f"现在有效的；其中 {files['unreviewed']:,} 户来自台账，未经本系统审核"
    url = f"{reverse('file-list')}?status=active"
    yield Figure("在册困难档案", files["all"], "户", note, url)
