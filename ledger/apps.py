from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "款物账"

    def ready(self) -> None:
        from ledger import log_names, union_records  # noqa: PLC0415 (needs the models)
        from unions import second_look, slots  # noqa: PLC0415

        slots.log_names.register(log_names.money_and_goods)
        second_look.records.register(union_records.records)
