from django.apps import AppConfig


class BeneficiariesConfig(AppConfig):
    name = "beneficiaries"
    verbose_name = "帮扶对象"

    def ready(self) -> None:
        from relief.lib.crypto.keys import refuse_without_secrets  # noqa: PLC0415 (reads settings)

        refuse_without_secrets()
