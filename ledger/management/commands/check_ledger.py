from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.checks import breaches
from ledger.models import Entry


class Command(BaseCommand):
    help = (
        "Recompute every balance, commitment, reversal, path and chain of the ledger; exit 1 with "
        "a sentence for each breach."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors", metavar="FOLDER", help="also hold the chains against these anchor files"
        )

    def handle(self, *args: Any, anchors: str | None, **options: Any) -> None:
        count = 0
        for sentence in breaches(anchors):
            count += 1
            self.stderr.write(sentence)
        if count:
            raise CommandError(f"{count} breach(es) of the ledger.", returncode=1)
        self.stdout.write(f"{Entry.objects.count()} entries, the ledger holds.")
