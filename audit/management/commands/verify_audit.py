from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.anchors import anchor_breaks
from audit.chain import breaks
from audit.models import Event


class Command(BaseCommand):
    help = "Recompute every hash chain of the audit log; exit 1 with the first broken link of each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors", metavar="FOLDER", help="also hold the chains against these anchor files"
        )

    def handle(self, *args: Any, anchors: str | None, **options: Any) -> None:
        found = list(breaks())
        if anchors:
            found += anchor_breaks(anchors)
        for single in found:
            self.stderr.write(f"{single.chain} #{single.seq}: {single.what}")
        if found:
            raise CommandError(f"{len(found)} chain(s) broken.", returncode=1)
        self.stdout.write(f"{Event.objects.count()} events, every chain holds.")
