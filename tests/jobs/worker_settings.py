"""Settings of a worker process that a test starts: the test's own database, and its job kinds."""

import json
import os
from pathlib import Path

from tests.settings import *  # noqa: F403

DATABASES = {"default": json.loads(os.environ["RELIEF_TEST_CONNECTION"])}
INSTALLED_APPS = ["tests.jobs.apps.SampleJobsConfig", *INSTALLED_APPS]  # noqa: F405
MEDIA_ROOT = Path(os.environ["RELIEF_TEST_MEDIA"])
