import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.stories import figures


class Command(BaseCommand):
    help = (
        "Print what the system counts for a campaign, in the shape of a story's `expect.records`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="the campaign's code")
        parser.add_argument("--json", action="store_true", help="as JSON instead of lines")

    def handle(self, *args: Any, code: str, **options: Any) -> None:
        counted = figures(code)
        if options["json"]:
            self.stdout.write(json.dumps(counted, ensure_ascii=False, indent=1, sort_keys=True))
            return
        for measure, value in sorted(counted.items()):
            self.stdout.write(f"{measure}\t{value}")
