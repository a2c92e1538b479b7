"""How much a request may bring along, asked before a byte of it is read.

Django reads a body of files to its end, into temporary files, before any view says whether it
wants them: without a limit anybody fills the disk through the log-in page.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from relief.lib.http import whole_number

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Let a view have bodies as large as a file may be, from whoever is signed in."""
    view.takes_files = True  # type: ignore[attr-defined]  # functions carry attributes
    return view


class BodyLimitMiddleware:
    """Stands before whatever reads the body first, which is the check of the form's token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Raises RequestDataTooBig. A body that does not tell its length counts as empty."""
        length = whole_number(request.META.get("CONTENT_LENGTH", "")) or 0
        form: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length <= form:
            return None
        may_bring_files = getattr(view, "takes_files", False) and request.user.is_authenticated
        if not may_bring_files or length > settings.UPLOAD_MAX_BYTES + form:
            raise RequestDataTooBig(f"{length} bytes were announced.")
        return None
