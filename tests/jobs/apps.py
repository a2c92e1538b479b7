from django.apps import AppConfig


class SampleJobsConfig(AppConfig):
    """Registers the job kinds of the tests in a worker process."""

    name = "tests.jobs"
    label = "sample_jobs"

    def ready(self) -> None:
        from tests.jobs import kinds  # noqa: F401, PLC0415 (models must be there)
