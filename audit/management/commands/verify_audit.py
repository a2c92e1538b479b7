from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.models import Event
from audit.verifying import all_breaks


class Command(BaseCommand):
    help = "Recompute every hash chain of the audit log; exit 1 with the first broken link of each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors",
            metavar="FOLDER",
            help="hold the chains against the anchor files of this folder too (a copy elsewhere)",
        )

    def handle(self, *args: Any, anchors: str | None, **options: Any) -> None:
        found = all_breaks(*([anchors] if anchors else []))
        for single in found:
            self.stderr.write(f"{single.chain} #{single.seq}: {single.what}")
        if found:
            raise CommandError(f"{len(found)} chain(s) broken.", returncode=1)
        self.stdout.write(f"{Event.objects.count()} events, every chain holds.")
