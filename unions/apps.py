from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "unions"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from relief.jobs.slots import downloaded, downloads  # noqa: PLC0415 (needs the models)
        from unions import landing, log_names, search, slots  # noqa: PLC0415
        from unions.downloads import note_download, posting_still_stands  # noqa: PLC0415
        from unions.lists import exports  # noqa: F401, PLC0415 (a kind of job)
        from unions.lists.listing import import_listings  # noqa: PLC0415
        from unions.second_factor import refuse_unknown_roles  # noqa: PLC0415

        refuse_unknown_roles()
        import_listings()
        downloads.register(posting_still_stands)
        downloaded.register(note_download)
        slots.figures.register(landing.figures, rank=90)
        slots.tasks.register(landing.tasks, rank=90)
        slots.log_names.register(log_names.own_names)
        slots.search.register(search.find_unions, rank=10)
        slots.search.register(search.find_staff, rank=20)
