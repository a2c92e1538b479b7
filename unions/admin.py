"""Accounts and incompatible roles in the system administration.

What has consequences (activation codes, disabling, postings) is done on the pages of the staff,
where reasons are asked and standing is checked; here are only names and telephone numbers.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from relief.admin import KeptModelAdmin
from relief.lib.pinyin import full_pinyin, pinyin_initials
from unions.models import IncompatibleRoles, Staff, User


@admin.register(User)
class UserAdmin(KeptModelAdmin):
    list_display = ("full_name", "username", "is_active", "password_set_at", "created_at")
    list_filter = ("is_active",)
    search_fields = ("full_name", "username", "pinyin", "initials")
    fields = ("username", "full_name", "phone", "is_active", "password_set_at", "last_login")
    readonly_fields = ("username", "is_active", "password_set_at", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Accounts that work in the own subtree; at the root also those that work nowhere."""
        staff: Staff = request.staff  # type: ignore[attr-defined]  # the site lets nobody else in
        if staff.union.parent_id is None:
            return super().get_queryset(request)
        mine = Staff.objects.visible_to(staff).values("user")
        return super().get_queryset(request).filter(pk__in=mine)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """New accounts come with an activation slip: 人员 → 新建账号."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        obj.pinyin, obj.initials = full_pinyin(obj.full_name), pinyin_initials(obj.full_name)
        obj.save(update_fields=["full_name", "phone", "pinyin", "initials"])


@admin.register(IncompatibleRoles)
class IncompatibleRolesAdmin(KeptModelAdmin):
    list_display = ("first", "second", "anywhere", "reason")
    list_filter = ("anywhere",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """One administrator alone may not loosen the separation: the list comes with a release."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
