from django.urls import URLPattern, path

from beneficiaries.views import files, person

people_patterns: list[URLPattern] = [
    path("people/<uuid:pk>/", person.person_detail, name="person-detail"),
]

file_patterns: list[URLPattern] = [
    path("files/", files.file_list, name="file-list"),
    path("files/export/", files.file_export, name="file-export"),
    path("files/<uuid:pk>/", files.file_detail, name="file-detail"),
]

ledger_patterns: list[URLPattern] = []

same_person_patterns: list[URLPattern] = []

urlpatterns = [
    *people_patterns,
    *file_patterns,
    *ledger_patterns,
    *same_person_patterns,
]
