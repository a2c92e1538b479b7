from typing import Any

from django.core.management.base import BaseCommand

from audit.anchors import write_anchor


class Command(BaseCommand):
    help = "Write tonight's anchor file of the audit chains (the worker does it every night)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(write_anchor()))
