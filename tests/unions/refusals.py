"""Refusals: services refuse by code, pages by the sentence beside the field."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Inside, a service refuses with exactly this code."""
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        yield
    assert codes_of(refusal.value) == {code}


def codes_of(error: ValidationError) -> set[str | None]:
    if hasattr(error, "error_dict"):
        return {single.code for errors in error.error_dict.values() for single in errors}
    return {single.code for single in error.error_list}
