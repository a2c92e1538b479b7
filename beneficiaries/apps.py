from django.apps import AppConfig


class BeneficiariesConfig(AppConfig):
    name = "beneficiaries"
    verbose_name = "帮扶对象"

    def ready(self) -> None:
        from beneficiaries import (  # noqa: PLC0415 (needs the models)
            bulk_acts,
            file_tasks,
            landing,
            log_names,
            navigation,
            people_export,  # noqa: F401 (registers its kind)
            same_person_panels,
            search,
            union_panels,
            waiting,
        )
        from beneficiaries import slots as own_slots  # noqa: PLC0415
        from beneficiaries.services.ledgers import jobs  # noqa: F401, PLC0415 (registers kinds)
        from relief.lib.crypto.keys import refuse_without_secrets  # noqa: PLC0415 (reads settings)
        from unions import second_look, slots  # noqa: PLC0415

        refuse_without_secrets()
        slots.bulk_actions.register(bulk_acts.actions)
        slots.log_names.register(log_names.people)
        slots.figures.register(landing.figures)
        slots.navigation.register(navigation.items)
        slots.search.register(search.find_people)
        slots.search.register(search.find_workplaces)
        slots.shortcuts.register(landing.shortcuts)
        slots.union_panels.register(union_panels.publicity)
        slots.union_panels.register(union_panels.imports)
        second_look.records.register(union_panels.records)
        slots.tasks.register(file_tasks.tasks)
        slots.tasks.register(same_person_panels.tasks)
        own_slots.person_panels.register(same_person_panels.doubles)
        own_slots.person_panels.register(same_person_panels.links)
        own_slots.helped_people.register(waiting.helped_by_ledgers)
