from django.urls import URLPattern, path

from beneficiaries.views import (
    categories,
    erasure,
    file_findings,
    file_forms,
    file_papers,
    file_rules,
    file_steps,
    files,
    household,
    papers,
    people,
    person,
    person_print,
    workplace_search,
    workplaces,
)

people_patterns: list[URLPattern] = [
    path("people/", people.people_list, name="people-list"),
    path("people/find/", people.people_find, name="people-find"),
    path("people/export/", people.people_export, name="people-export"),
    path("people/template/", people.people_template, name="people-template"),
    path("people/new/", person.person_create, name="person-create"),
    path("people/<uuid:pk>/", person.person_detail, name="person-detail"),
    path("people/<uuid:pk>/change/", person.person_change, name="person-change"),
    path("people/<uuid:pk>/reveal/", person.person_reveal, name="person-reveal"),
    path("people/<uuid:pk>/print/", person_print.person_print, name="person-print"),
    path("people/<uuid:pk>/erase/", erasure.person_erase, name="person-erase"),
    path("people/<uuid:pk>/categories/new/", categories.category_add, name="category-add"),
    path("categories/<int:pk>/end/", categories.category_end, name="category-end"),
    path("people/<uuid:pk>/papers/new/", papers.attachment_add, name="attachment-add"),
    path("papers/<uuid:pk>/", papers.attachment_download, name="attachment-download"),
    path("papers/<uuid:pk>/remove/", papers.attachment_remove, name="attachment-remove"),
    path("people/<uuid:pk>/consents/new/", papers.consent_record, name="consent-record"),
    path("consents/<int:pk>/withdraw/", papers.consent_withdraw, name="consent-withdraw"),
    path("workplaces/", workplaces.workplace_list, name="workplace-list"),
    path("workplaces/new/", workplaces.workplace_create, name="workplace-create"),
    path("workplaces/export/", workplaces.workplace_export, name="workplace-export"),
    path("workplaces/<int:pk>/", workplaces.workplace_detail, name="workplace-detail"),
    path("workplaces/<int:pk>/change/", workplaces.workplace_change, name="workplace-change"),
    path("workplaces/<int:pk>/close/", workplaces.workplace_close, name="workplace-close"),
    path("workplaces/search/", workplace_search.workplace_search, name="workplace-search"),
]

file_patterns: list[URLPattern] = [
    path("files/", files.file_list, name="file-list"),
    path("files/export/", files.file_export, name="file-export"),
    path("files/spot-checks/", file_rules.spot_check_draw, name="spot-check-draw"),
    path("files/publicity/", file_rules.publicity_rule_list, name="publicity-rule-list"),
    path(
        "files/publicity/<str:code>/",
        file_rules.publicity_rule_change,
        name="publicity-rule-change",
    ),
    path("files/<uuid:pk>/", files.file_detail, name="file-detail"),
    path("people/<uuid:pk>/files/create/", file_forms.file_create, name="file-create"),
    path("files/<uuid:pk>/change/", file_forms.file_change, name="file-change"),
    path("files/<uuid:pk>/open/", file_forms.file_open, name="file-open"),
    path("files/<uuid:pk>/reveal/", file_forms.file_reveal, name="file-reveal"),
    path("files/<uuid:pk>/members/create/", household.member_create, name="member-create"),
    path("files/members/<uuid:pk>/change/", household.member_change, name="member-change"),
    path("files/members/<uuid:pk>/remove/", household.member_remove, name="member-remove"),
    path("files/<uuid:pk>/income/", file_findings.file_income, name="file-income"),
    path("files/<uuid:pk>/exclusions/", file_findings.file_exclusions, name="file-exclusions"),
    path("files/<uuid:pk>/submit/", file_steps.file_submit, name="file-submit"),
    path("files/<uuid:pk>/withdraw/", file_steps.file_withdraw, name="file-withdraw"),
    path("files/<uuid:pk>/look/", file_steps.file_look, name="file-look"),
    path("files/<uuid:pk>/renew/", file_steps.file_renew, name="file-renew"),
    path("files/<uuid:pk>/steps/<slug:step>/", file_steps.file_step, name="file-step"),
    path("files/<uuid:pk>/print/", file_papers.file_print, name="file-print"),
    path("files/<uuid:pk>/print/full/", file_papers.file_print_full, name="file-print-full"),
    path("files/<uuid:pk>/notice/<slug:kind>/", file_papers.file_notice, name="file-notice"),
    path("standards/", file_rules.standard_list, name="standard-list"),
    path("standards/create/", file_rules.standard_create, name="standard-create"),
    path("standards/<int:pk>/change/", file_rules.standard_change, name="standard-change"),
]

ledger_patterns: list[URLPattern] = []

same_person_patterns: list[URLPattern] = []

urlpatterns = [
    *people_patterns,
    *file_patterns,
    *ledger_patterns,
    *same_person_patterns,
]
