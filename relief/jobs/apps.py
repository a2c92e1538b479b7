from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "relief.jobs"
    verbose_name = "后台任务"
