import pgtrigger
from django.db import models
from django.db.models import Q

from beneficiaries.models.beneficiary import Beneficiary
from relief.lib.crypto.keys import ring
from relief.lib.crypto.sealing import DataKey
from relief.lib.crypto.wrapped import WrappedKey, WrappedKeyQuerySet
from relief.lib.history import tracked
from relief.lib.triggers import Guard, NeverDelete, NoTruncate


class PersonErasedError(Exception):
    """The key of this person was destroyed: nothing about the person can be read any more."""


class PersonKeyQuerySet(WrappedKeyQuerySet["PersonKey"]):
    pass


@tracked(exclude=("wrapped",), is_new_told=False)
class PersonKey(WrappedKey):
    """The data key of one person, wrapped by the key ring.

    Everything sealed about the person (also about the household in the person's files) is under
    this key. It is in a table of its own, whose history tells that it was rewrapped or destroyed
    and never the key: destroying it destroys all of that in rows, in history and in the files.
    Source: DESIGN §8.24.
    """

    person = models.OneToOneField(
        Beneficiary, models.PROTECT, related_name="+", primary_key=True, verbose_name="帮扶对象"
    )
    destroyed_at = models.DateTimeField("销毁时间", null=True, editable=False)

    objects = PersonKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "个人密钥"
        verbose_name_plural = "个人密钥"
        constraints = [
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, wrapped__isnull=False) & ~Q(ring_key="")
                | Q(destroyed_at__isnull=False, wrapped__isnull=True, ring_key=""),
                name="beneficiaries_personkey_kept_or_destroyed",
                violation_error_message="密钥要么完整，要么已经销毁。",
            ),
        ]
        indexes = [models.Index(fields=["ring_key"], name="beneficiaries_personkey_ring")]
        triggers = [
            Guard(
                name="destroyed_key_stays_so",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__destroyed_at__isnull=False),
                func="RAISE EXCEPTION 'key destroyed' USING ERRCODE = '23R05';",
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def unwrapped(self) -> DataKey:
        """Raises PersonErasedError; SealError: the ring lacks the secret."""
        if self.wrapped is None:
            raise PersonErasedError(self.pk)
        return ring().unwrap(bytes(self.wrapped), self.ring_key, self.place)


def key_of(person: Beneficiary) -> DataKey:
    return PersonKey.objects.get(pk=person.pk).unwrapped()
