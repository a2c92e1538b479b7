from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from beneficiaries.importing.fields import fields
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers import questions
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.reading import read_ledger
from beneficiaries.services.ledgers.receiving import keep_upload
from beneficiaries.services.ledgers.staging import stage_rows
from relief.lib.history import acting
from unions.models import Staff, Union, User
from unions.permissions import Capability

_TOLD = {"read": "读到", **dict(StagedRow.Outcome.choices), "written": "写入"}


class Command(BaseCommand):
    help = (
        "Read, check and (with --apply) write a 困难职工台账 as somebody who may. What must be "
        "mended stays in the import, for the browser."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--union", required=True, metavar="CODE")
        parser.add_argument("--as", required=True, dest="username", metavar="USERNAME")
        parser.add_argument("--year", type=int, default=timezone.localdate().year)
        parser.add_argument("--apply", action="store_true", help="write; confirms the sums printed")
        parser.add_argument(
            "--known", action="store_true", help="a file of mostly known people is meant"
        )

    def handle(self, *, file: Path, union: str, username: str, **options: Any) -> None:
        target = Union.objects.filter(code=union).first()
        if target is None:
            raise CommandError(f"没有编码为 {union} 的机构。")
        by = _posting(username, target)
        with acting(user_id=by.user_id, staff_id=by.pk, request_id="import_ledger"):
            try:
                ledger = self._staged(by, target, file, options["year"])
                if options["apply"]:
                    ledger = self._applied(by, ledger, is_known=options["known"])
            except OSError as error:
                raise CommandError(f"打不开 {file}：{error.strerror}。") from error
            except (ValidationError, PermissionDenied) as refusal:
                raise CommandError(" ".join(getattr(refusal, "messages", [str(refusal)]))) from None
        self.stdout.write(f"{ledger.get_status_display()}（导入编号 {ledger.pk}）")

    def _staged(self, by: Staff, union: Union, file: Path, year: int) -> LedgerImport:
        with file.open("rb") as upload:
            ledger = keep_upload(by=by, union=union, year=year, file=upload, file_name=file.name)
        earlier = LedgerImport.objects.visible_to(by).of_same_file(ledger.sha256)
        if before := earlier.exclude(pk=ledger.pk).first():
            self.stdout.write(f"同一个文件在 {before.uploaded_at:%Y-%m-%d} 导入过。")
        ledger = stage_rows(read_ledger(ledger, Directly()), Directly(), by=by)
        self._tell(ledger)
        return ledger

    def _applied(self, by: Staff, ledger: LedgerImport, *, is_known: bool) -> LedgerImport:
        for name, sentence in questions.open_questions(ledger):
            self.stdout.write(sentence)
            if name == questions.SUMS:
                ledger = questions.confirm_sums(by=by, ledger=ledger, version=ledger.version)
            elif is_known:
                ledger = questions.confirm_brake(by=by, ledger=ledger, version=ledger.version)
            else:
                raise CommandError("没有写入。文件没有选错的话，请加上 --known 再运行一次。")
        ledger = apply_ledger(by=by, ledger=ledger, version=ledger.version, progress=Directly())
        self._tell(ledger)
        return ledger

    def _tell(self, ledger: LedgerImport) -> None:
        counts = ledger.counts
        self.stdout.write("，".join(f"{label} {counts[name]}" for name, label in _TOLD.items()))
        for name, amount in counts.get("sums", {}).items():
            self.stdout.write(f"{fields().label(name)}合计 {amount} 元")


def _posting(username: str, union: Union) -> Staff:
    """A posting of the account that may enter records at the union."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"没有用户名为 {username} 的账号。")
    postings = Staff.objects.live().of(user)
    for staff in postings:
        if staff.can(Capability.ENTER_RECORDS) and union.path.startswith(staff.union.path):
            return staff
    raise CommandError(f"{username} 不能在{union.name}登记人员。")
