from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from unions import search, slots  # noqa: PLC0415 (needs the models)

        slots.search.register(search.find_unions, rank=10)
        slots.search.register(search.find_staff, rank=20)
