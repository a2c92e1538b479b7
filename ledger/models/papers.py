"""What belongs to an act on the ledger beside its sums."""

import pgtrigger
from django.db import models

from beneficiaries.models.coded import one_of
from ledger.models.entry import Entry
from ledger.models.fund import Fund
from ledger.models.posting import Posting
from ledger.models.shapes import filled, words_field
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import AppendOnly, Guard, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class PurchaseQuerySet(ScopedQuerySet["Purchase"]):
    pass


class Purchase(models.Model):
    """How goods were bought (采购): method, quotes, supplier, contract, invoice, who accepted them.

    Source: DOMAIN §4.6 (purchase ladder).
    """

    class Method(models.TextChoices):
        COLLECTIVE = "collective", "集体研究"
        QUOTES = "quotes", "询价比价"
        TENDER = "tender", "招标"
        FRAMEWORK = "framework", "定点、协议采购"
        AID_FARMERS = "aid_farmers", "消费帮扶"
        UNKNOWN = "unknown", "未载"

    posting = models.OneToOneField(Posting, models.PROTECT, related_name="+")
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    method = models.CharField("采购方式", max_length=12, choices=Method)
    supplier = words_field("供应商", 100)
    #: [{"supplier": …, "amount": "1234.00"}], as they were handed in.
    quotes = models.JSONField("报价", default=list, blank=True)
    contract_number = words_field("合同编号", 60)
    invoice_number = words_field("发票号", 60)
    accepted_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="验收人"
    )
    accepted_on = models.DateField("验收日期", null=True, blank=True)
    note = words_field("备注", 200)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = "采购"
        verbose_name_plural = "采购"
        constraints = [
            one_of(
                "ledger_purchase",
                "method",
                ["collective", "quotes", "tender", "framework", "aid_farmers", "unknown"],
            )
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.supplier}"


class AcknowledgementQuerySet(ScopedQuerySet["Acknowledgement"]):
    union_lookup = "entry__to_union__"


#: Another person than the one who posted it, whatever their postings.
_ANOTHER_PERSON = """
    IF EXISTS (
        SELECT FROM ledger_entry e
        JOIN unions_staff poster ON poster.id = e.recorded_by_id
        JOIN unions_staff taker ON taker.id = NEW.acknowledged_by_id
        WHERE e.id = NEW.entry_id AND poster.user_id = taker.user_id
    ) THEN
        RAISE EXCEPTION 'acknowledged by the one who posted it' USING ERRCODE = '23R25';
    END IF;
    RETURN NEW;
"""


class Acknowledgement(models.Model):
    """That what was handed down has arrived (确认收到), said by another person than its sender."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="+", verbose_name="账目")
    acknowledged_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, verbose_name="确认人"
    )
    acknowledged_at = models.DateTimeField("确认时间", auto_now_add=True)
    note = words_field("备注", 200)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = "确认收到"
        verbose_name_plural = "确认收到"
        triggers = [
            AppendOnly(),
            NoTruncate(),
            Guard(
                name="another_person",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_ANOTHER_PERSON,
            ),
        ]

    def __str__(self) -> str:
        return str(self.entry_id)


class RemarkQuerySet(ScopedQuerySet["Remark"]):
    pass


class Remark(models.Model):
    """What was told of money or goods and is in no account, for the paper names no sum."""

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", verbose_name="资金")
    to_union = models.ForeignKey(
        Union, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="对方机构"
    )
    text = models.CharField("内容", max_length=500, validators=[refuse_hidden_characters])
    recorded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = "说明"
        verbose_name_plural = "说明"
        constraints = [filled("ledger_remark", "text", "请填写内容。")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return self.text
