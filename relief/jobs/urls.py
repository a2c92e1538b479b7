from django.urls import path

from relief.jobs import views

urlpatterns = [
    path("", views.job_list, name="job-list"),
    path("<uuid:pk>/", views.job_progress, name="job-progress"),
    path("<uuid:pk>/restart/", views.job_restart, name="job-restart"),
    path("<uuid:pk>/file/", views.job_download, name="job-download"),
]
