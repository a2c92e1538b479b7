from django.urls import path

from unions.views import tables

urlpatterns = [
    path("<slug:name>/columns/", tables.table_columns, name="table-columns"),
    path("<slug:name>/filters/", tables.filter_save, name="filter-save"),
    path("filters/<int:pk>/delete/", tables.filter_delete, name="filter-delete"),
]
