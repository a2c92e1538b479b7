from django.urls import path

from unions.lists import views

urlpatterns = [
    path("<slug:name>/columns/", views.table_columns, name="table-columns"),
    path("<slug:name>/filters/", views.filter_save, name="filter-save"),
    path("filters/<int:pk>/delete/", views.filter_delete, name="filter-delete"),
]
