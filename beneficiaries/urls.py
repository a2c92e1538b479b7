from django.urls import URLPattern, path

from beneficiaries.views import person

people_patterns: list[URLPattern] = [
    path("people/<uuid:pk>/", person.person_detail, name="person-detail"),
]

file_patterns: list[URLPattern] = []

ledger_patterns: list[URLPattern] = []

same_person_patterns: list[URLPattern] = []

urlpatterns = [
    *people_patterns,
    *file_patterns,
    *ledger_patterns,
    *same_person_patterns,
]
