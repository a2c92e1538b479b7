from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "款物账"

    def ready(self) -> None:
        from campaigns import slots as of_campaigns  # noqa: PLC0415 (needs the models)
        from ledger import log_names, open_matters, union_records  # noqa: PLC0415
        from unions import second_look, slots  # noqa: PLC0415

        of_campaigns.open_matters.register(open_matters.of_campaign)
        slots.log_names.register(log_names.money_and_goods)
        second_look.records.register(union_records.records)
