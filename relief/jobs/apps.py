from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "relief.jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        from relief.jobs import nightly  # noqa: F401, PLC0415 (registers; models must be there)
