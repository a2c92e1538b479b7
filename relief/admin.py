"""Django's admin, cut down to what a system administrator needs: code lists and accounts.

It has no door of its own: log-in, log-out and password are those of every other page. Whoever may
not use it is sent to the log-in or told so. Source: SECURITY §5 (6.3.3, 6.4.6), DESIGN §8.19.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.module_loading import import_string

from relief.lib.access import public, signed_in
from relief.lib.slots import Hook

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

#: A dotted path to `rule(request) -> bool`: whether the session has its second factor. Named as
#: text, because this module lies below the app that knows.
DEFAULT_SECOND_FACTOR_RULE = "unions.second_factor.may_administer"


#: (request) -> bool: whether the person may change what holds for every union, by dotted path too.
SYSTEM_RULE = "unions.system_lists.may_change"
#: (name of a limit) → decorator of views that answers 429 to whoever is too fast.
LIMITED = "unions.limits.limited"
#: (request, "import" or "export", **details) → writes it into the log.
EXCHANGE_RECORD = "unions.system_lists.record_exchange"

#: (request, object) → told after every addition and change; the audit app writes it down.
changed: Hook[[HttpRequest, Any], None] = Hook("admin-changed")


class ReliefAdminSite(AdminSite):
    """For system administrators only."""

    site_header = "送温暖管理平台 系统管理"
    site_title = "系统管理"
    index_title = "代码表和账号"
    site_url = "/"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take on our own models only.

        Packages register theirs by themselves, and with those one administrator could give
        somebody a new second factor or empty the log of failed log-ins.
        """
        if admin_class is not None and issubclass(admin_class, KeptModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002  # Django's signature
        """Every page of the admin refuses the one sign that PostgreSQL can neither store nor seek.

        Django's lists put parameters and keys into queries as they came.
        """

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked = [text for name, values in request.GET.lists() for text in (name, *values)]
            if any("\0" in str(text) for text in [*asked, *args, *kwargs.values()]):
                raise BadRequest("A parameter holds NUL.")
            return view(request, *args, **kwargs)

        checked: View = super().admin_view(guarded, cacheable)  # type: ignore[assignment]  # wraps keeps the signature
        return checked

    def get_urls(self) -> list[Any]:
        """Without the door to "the object on the site": it opens any row there is, or breaks."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person works as 系统管理员 now, and the second factor is there."""
        user = request.user
        if not (user.is_active and getattr(user, "is_staff", False)):
            return False
        path = getattr(settings, "ADMIN_SECOND_FACTOR_RULE", DEFAULT_SECOND_FACTOR_RULE)
        return bool(import_string(path)(request))

    @public
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one log-in there is; a person who is logged in and may not is told so."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.path)

    @signed_in
    def logout(  # type: ignore[override]  # nothing of the admin's own is rendered
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hand the form on, as it is, to the log-out that ends and records the session."""
        return redirect("logout", preserve_request=True)

    @signed_in
    def password_change(  # type: ignore[override]  # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("password-change")

    @signed_in
    def password_change_done(  # type: ignore[override]  # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:index")


class KeptModelAdmin(ModelAdmin[Any]):
    """Rights come from the site alone, and nothing is deleted: other rows hold these keys."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only the filters that are offered: `?password__startswith=` would be asked bit by bit."""
        field, *rest = lookup.split("__")
        return field in self.list_filter and set(rest) <= {"exact", "id", "pk", "key", "isnull"}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changed.run(request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changed.run(request, obj)
        return super().log_change(request, obj, message)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SystemModelAdmin(KeptModelAdmin):
    """What holds for every union: every system administrator reads it, those at the root change it.

    So no district changes the lists of another.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and import_string(SYSTEM_RULE)(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and import_string(SYSTEM_RULE)(request)


def limited(
    name: str, view: Callable[..., HttpResponse], request: HttpRequest, **arguments: Any
) -> HttpResponse:
    """Call the view; only a post uses up the account's share of the limit `name`."""
    guarded = import_string(LIMITED)(name)(view)
    response: HttpResponse = guarded(request, **arguments)
    return response


def record_exchange(request: HttpRequest, action: str, **details: Any) -> None:
    """Write into the log that a list went out ("export") or came in ("import")."""
    import_string(EXCHANGE_RECORD)(request, action, **details)
