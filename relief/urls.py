"""Every address of the system; what each may be called by is declared at the view."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from relief import health

urlpatterns = [
    path("", include("unions.urls")),
    path("", include("beneficiaries.urls")),
    path("tables/", include("unions.lists.urls")),
    path("jobs/", include("relief.jobs.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("csp-report/", health.csp_report, name="csp-report"),
    path("admin/", admin.site.urls),
]

if not settings.IS_PRODUCTION:
    from relief import components

    urlpatterns += [
        path("components/", components.components_page, name="components"),
        path("components/search/", components.components_search, name="components-search"),
        path("components/progress/", components.components_progress, name="components-progress"),
    ]

handler400 = "relief.errors.bad_request"
handler403 = "relief.errors.permission_denied"
handler404 = "relief.errors.page_not_found"
handler500 = "relief.errors.server_error"
