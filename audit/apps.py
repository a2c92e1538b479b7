from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "操作日志"

    def ready(self) -> None:
        from audit.settings_changes import note  # noqa: PLC0415 (needs the models)
        from relief.admin import changed  # noqa: PLC0415

        changed.register(note)
