from django.urls import URLPattern, path

from beneficiaries.views import files, person, workplace_search

people_patterns: list[URLPattern] = [
    path("people/new/", person.person_create, name="person-create"),
    path("people/<uuid:pk>/", person.person_detail, name="person-detail"),
    path("people/<uuid:pk>/change/", person.person_change, name="person-change"),
    path("people/<uuid:pk>/reveal/", person.person_reveal, name="person-reveal"),
    path("workplaces/search/", workplace_search.workplace_search, name="workplace-search"),
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
