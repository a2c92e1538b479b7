from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "relief.codes"
    verbose_name = "代码表"
