from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from relief.jobs.slots import downloads  # noqa: PLC0415 (needs the models)
        from unions import search, slots, sources  # noqa: F401, PLC0415
        from unions.downloads import posting_still_stands  # noqa: PLC0415
        from unions.second_factor import refuse_unknown_roles  # noqa: PLC0415

        refuse_unknown_roles()
        downloads.register(posting_still_stands)
        slots.search.register(search.find_unions, rank=10)
        slots.search.register(search.find_staff, rank=20)
