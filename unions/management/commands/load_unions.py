import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from unions import permissions
from unions.models import Union
from unions.services.tree import create_union


class Command(BaseCommand):
    help = "Load unions from fixtures/; adds what is missing, changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default=settings.BASE_DIR / "fixtures/unions.json")

    @transaction.atomic
    def handle(self, *args: Any, file: str | Path, **options: Any) -> None:
        entries = json.loads(Path(file).read_text(encoding="utf-8"))
        known = {union.code: union for union in Union.objects.all()}
        added = 0
        for entry in entries:
            if entry["code"] not in known:
                known[entry["code"]] = create_union(
                    by=permissions.Command("load_unions"),
                    parent=known[entry["parent"]] if entry["parent"] else None,
                    code=entry["code"],
                    name=entry["name"],
                    kind=entry["kind"],
                    region_code=entry["region_code"],
                )
                added += 1
        self.stdout.write(f"{added} unions added, {len(known)} in all.")
