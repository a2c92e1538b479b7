"""Bringing the money lines and whom they may help into the database."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from ledger.models import Eligibility, MoneyLine
from unions.models import Staff
from unions.permissions import Capability, Command, require


@transaction.atomic
def load_money_lines(*, by: Staff | Command) -> int:
    """Add and update the lines of `fixtures/money_lines.json`; returns how many there are.

    A category that the file does not name (any more) stays: it may be the place's own rule.
    """
    require(by, Capability.MANAGE_SYSTEM)
    path = Path(settings.BASE_DIR) / "fixtures" / "money_lines.json"
    lines: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["lines"]
    for position, entry in enumerate(lines, start=1):
        line, _ = MoneyLine.objects.update_or_create(
            key=entry["key"],
            defaults={
                "name": entry["name"],
                "allows_cash": entry["allows_cash"],
                "allows_cards": entry["allows_cards"],
                "source": entry["source"],
                "position": position,
            },
        )
        for code in entry["eligible"]:
            Eligibility.objects.get_or_create(
                line=line,
                category_id=f"category:{code}",
                defaults={"source": entry["source"]},
            )
    return len(lines)
