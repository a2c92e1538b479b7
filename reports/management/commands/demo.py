from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from reports import demo
from reports.demo_registry import create_registry


class Command(BaseCommand):
    help = (
        "Create the demo (unions of the newspaper pages, invented staff and people); "
        "refuses production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print one account per role")

    def handle(self, *args: Any, show: bool, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("这是生产环境，不能建演示数据。 The demo refuses production.")
        if not show:
            with transaction.atomic():
                call_command("load_codes", stdout=self.stdout)
                call_command("load_unions", stdout=self.stdout)
                call_command("load_money_lines", stdout=self.stdout)
                self.stdout.write(f"{demo.create_staff()} demo accounts added.")
                self.stdout.write(f"{create_registry()} invented people added.")
        self.stdout.write(f"\n演示账号（密码都是 {demo.password()}）")
        for role, username, union in demo.accounts_to_show():
            self.stdout.write(f"  {role}\t{username}\t{union}")
