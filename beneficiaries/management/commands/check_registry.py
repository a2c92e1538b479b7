from typing import Any

from django.core.management.base import BaseCommand, CommandError

from beneficiaries.models import Beneficiary
from beneficiaries.registry_checks import registry_breaks


class Command(BaseCommand):
    help = (
        "Check that what stands in clear about people (name, pinyin, tails, birth, indexes) is "
        "what stands sealed; exit 1 with a sentence per breach, without values."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for sentence in registry_breaks():
            count += 1
            self.stderr.write(sentence)
        if count:
            raise CommandError(f"{count} breach(es) of the registry.", returncode=1)
        self.stdout.write(f"{Beneficiary.objects.count()} people, the registry holds.")
