from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.stories import StoryError, load_story, read_story


class Command(BaseCommand):
    help = "Record campaigns told in story files, through the services; loading twice adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files:
            try:
                loaded = load_story(read_story(path))
            except (OSError, StoryError) as error:
                raise CommandError(str(error)) from None
            added = ", ".join(f"{count} {part}" for part, count in loaded.added.items())
            self.stdout.write(f"{loaded.code}: {added} added")
            if loaded.unrecorded:
                self.stderr.write(f"  not recorded yet: {', '.join(loaded.unrecorded)}")
