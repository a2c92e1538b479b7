from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ReliefConfig(AppConfig):
    """The project itself: commands that belong to no app."""

    name = "relief"
    verbose_name = "送温暖管理平台"

    def ready(self) -> None:
        from relief.lib import lookups  # noqa: F401, PLC0415 (registers)


class ReliefAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site; its module is loaded only when the models are there."""

    default = False
    default_site = "relief.admin.ReliefAdminSite"
