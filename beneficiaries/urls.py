from django.urls import URLPattern

people_patterns: list[URLPattern] = []

file_patterns: list[URLPattern] = []

ledger_patterns: list[URLPattern] = []

same_person_patterns: list[URLPattern] = []

urlpatterns = [
    *people_patterns,
    *file_patterns,
    *ledger_patterns,
    *same_person_patterns,
]
