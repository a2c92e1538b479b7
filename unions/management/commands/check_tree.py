from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unions.checks import tree_breaks
from unions.models import Union


class Command(BaseCommand):
    help = "Check that the stored unions are a tree; exit 1 with a sentence per broken rule."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(tree_breaks())
        for sentence in found:
            self.stderr.write(sentence)
        if found:
            raise CommandError(f"{len(found)} breach(es) of the tree.", returncode=1)
        self.stdout.write(f"{Union.objects.count()} unions, the tree holds.")
