from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def client() -> Client:
    """A plain client: the pages of Django's admin and of import-export are not our markup."""
    return Client()


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
