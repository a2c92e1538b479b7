from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计报表"

    def ready(self) -> None:
        from reports import nightly  # noqa: F401, PLC0415 (registers the nightly tasks)
