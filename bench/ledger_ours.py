"""A ledger through our four steps, each measured: as the worker and the command do them."""

from io import BytesIO
from pathlib import Path
from typing import Final

from django.test import Client
from django.urls import reverse

from bench.measuring import Cost, measured
from beneficiaries.importing.problems import Severity
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers import group_decisions, questions
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.overview import problem_groups
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.reading import read_ledger
from beneficiaries.services.ledgers.receiving import keep_upload
from beneficiaries.services.ledgers.staging import stage_rows
from relief.codes.services import codes_folder, load_codes
from relief.lib.history import acting
from tests import cast
from unions.models import Staff, Union

YEAR: Final = 2026


def run(file: Path, rows: int) -> dict[str, Cost]:
    load_codes(codes_folder())
    people = cast.build()
    by, union = people.people["mia"], people.unions["east"]
    with acting(user_id=by.user_id, staff_id=by.pk, request_id="bench"):
        costs = {}
        data = BytesIO(file.read_bytes())
        client = Client(SERVER_NAME="localhost")
        people.sign_in(client, "mia")
        client.get(reverse("ledger-upload"))  # what the process holds before anybody sends a file
        _, costs["upload (web)"] = measured(lambda: _posted(client, union, file))
        ledger = _upload(by, union, data)
        ledger, costs["reading"] = measured(lambda: read_ledger(ledger, Directly()))
        ledger, costs["staging"] = measured(lambda: stage_rows(ledger, Directly(), by=by))
        ledger, costs["confirm"] = measured(lambda: _confirmed(by, ledger))
        ledger, costs["applying"] = measured(
            lambda: apply_ledger(by=by, ledger=ledger, version=ledger.version, progress=Directly())
        )
        _refuse_wrong(ledger, rows)
        data.seek(0)
        again, costs["again"] = measured(lambda: _again(by, union, data))
        if again.counts["new"] or again.counts["changed"]:
            raise SystemExit(f"The same file again is not the same: {again.counts}")
    return costs


def _posted(client: Client, union: Union, file: Path) -> None:
    """Through the view: how much the web process grows, whatever is sent."""
    with file.open("rb") as sent:
        data = {"union": union.pk, "year": YEAR, "file": sent}
        answer = client.post(reverse("ledger-upload"), data)
    if answer.status_code != 302 or LedgerImport.objects.count() != 1:
        raise SystemExit(f"The upload was answered with {answer.status_code}.")


def _upload(by: Staff, union: Union, data: BytesIO) -> LedgerImport:
    return keep_upload(by=by, union=union, year=YEAR, file=data, file_name="台账.xlsx")


def _confirmed(by: Staff, ledger: LedgerImport) -> LedgerImport:
    """As a clerk goes through the page: each group of 请确认 at once, then the sums."""
    for group in problem_groups(ledger):
        if group.severity is Severity.CONFIRM:
            current = LedgerImport.objects.get(pk=ledger.pk)
            group_decisions.accept_group(
                by=by, ledger=current, version=current.version, code=group.code, field=group.field
            )
    ledger = LedgerImport.objects.get(pk=ledger.pk)
    for name, _ in questions.open_questions(ledger):
        confirm = questions.confirm_brake if name == questions.BRAKE else questions.confirm_sums
        ledger = confirm(by=by, ledger=ledger, version=ledger.version)
    return ledger


def _again(by: Staff, union: Union, data: BytesIO) -> LedgerImport:
    ledger = read_ledger(_upload(by, union, data), Directly())
    return stage_rows(ledger, Directly(), by=by)


def _refuse_wrong(ledger: LedgerImport, rows: int) -> None:
    """Speed of something else is none."""
    counts = ledger.counts
    if counts["read"] != rows or counts["written"] != counts["new"] or counts["new"] < 0.9 * rows:
        raise SystemExit(f"Not the ledger that was made: {counts}")
    unwritten = StagedRow.objects.of_ledger(ledger).to_write().count()
    if unwritten:
        raise SystemExit(f"{unwritten} rows were left")
