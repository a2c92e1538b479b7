from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from beneficiaries.models import LedgerKey, PersonKey
from beneficiaries.services.keys import rewrap_keys
from relief.lib.crypto.keys import ring
from unions import permissions
from unions.services.factors import reseal_factors


class Command(BaseCommand):
    help = (
        "Wrap the key of every person and every import, and seal every second factor, "
        "with the first secret of DATA_KEYS. "
        "Put the new secret in front, restart, run this; when it says that nothing is left, "
        "take the old one out. It may be killed and run again at any moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="keys for one transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        total = 0
        while done := rewrap_keys(by=permissions.Command("rotate_keys"), batch=batch):
            total += done
            self.stdout.write(f"{total} keys wrapped")
        if factors := reseal_factors(by=permissions.Command("rotate_keys")):
            self.stdout.write(f"{factors} second factors sealed anew")
        left = sum(model.objects.of_older_rings().count() for model in (PersonKey, LedgerKey))
        self.stdout.write(f"{left} keys are left under older secrets than {ring().current}.")
