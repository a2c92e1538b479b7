"""In-app messages: reminders, returns, deadlines; unread until read."""

from django.db import transaction
from django.utils import timezone

from unions.models import Message, Staff, User
from unions.services.trail import By


@transaction.atomic
def notify(
    *,
    by: By,
    to: User,
    kind: str,
    text: str,
    url: str = "",
    staff: Staff | None = None,
) -> Message:
    """Leave a message for a person, or for one of their postings.

    `text` is one sentence without personal values of people who are helped; `url` a page of ours.
    """
    message = Message(user=to, staff=staff, kind=kind, text=text, url=url)
    message.full_clean()
    message.save(force_insert=True)
    return message


@transaction.atomic
def read_messages(*, by: User, staff: Staff | None, message_id: int | None = None) -> int:
    """Mark one message, or all that are shown to the person now, as read; returns how many."""
    unread = Message.objects.to(by, staff).unread()
    if message_id is not None:
        unread = unread.filter(pk=message_id)
    return unread.update(read_at=timezone.now())
