from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from beneficiaries.models import Beneficiary
from beneficiaries.services.keys import erase_beneficiary
from unions import permissions


class Command(BaseCommand):
    help = (
        "Destroy the key of a person (个人信息保护法 §47): everything personal is gone for ever, "
        "the figures stay. Backups keep it until they run out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", type=UUID, help="the id in the address of the person's page")
        parser.add_argument("--reason", required=True, help="who asked for it, and when")
        parser.add_argument("--yes", action="store_true", help="it cannot be undone; say so")

    def handle(self, *args: Any, person: UUID, reason: str, yes: bool, **options: Any) -> None:
        found = Beneficiary.objects.filter(pk=person).first()
        if found is None:
            raise CommandError("There is no such person.")
        if not yes:
            raise CommandError("This cannot be undone. Repeat it with --yes.")
        try:
            count = erase_beneficiary(
                by=permissions.Command("erase_person"), person=found, reason=reason
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{count} row(s) erased.")
