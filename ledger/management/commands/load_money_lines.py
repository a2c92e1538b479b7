from typing import Any

from django.core.management.base import BaseCommand

from ledger.services.money_lines import load_money_lines
from unions import permissions


class Command(BaseCommand):
    help = "Bring the money lines (资金科目) and whom they may help into the database."

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_money_lines(by=permissions.Command("load_money_lines"))
        self.stdout.write(f"{count} money lines.")
