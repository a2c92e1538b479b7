"""`manage.py load_codes`: bring the code lists of fixtures/codes into the database."""

from typing import Any

from django.core.management.base import BaseCommand

from relief.codes.services import codes_folder, load_codes


class Command(BaseCommand):
    help = "Add and update the code lists of fixtures/codes; deletes nothing, may run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        result = load_codes(codes_folder())
        self.stdout.write(
            f"codes: {result.added} added, {result.changed} changed, {result.unchanged} unchanged"
        )
        if result.local:
            self.stdout.write(f"kept as changed here: {', '.join(result.local)}")
        if result.unknown and options["verbosity"] > 1:
            self.stdout.write(f"only in the database: {', '.join(result.unknown)}")
