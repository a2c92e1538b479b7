"""Response headers that neither Django nor django-csp sets (SECURITY §2.4)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

View = TypeVar("View", bound=Callable[..., Any])

_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_NO_FEATURE = ", ".join(f"{name}=()" for name in _FEATURES)
_CAMERA_ONLY = _NO_FEATURE.replace("camera=()", "camera=(self)")
#: What the static server answers with a file, whole, in part or unchanged.
_SERVED = {200, 206, 304}


def allow_camera(view: View) -> View:
    """Mark a page that takes photos or scans codes; all others may not open the camera."""
    view.allows_camera = True  # type: ignore[attr-defined]  # functions carry attributes
    return view


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        camera = bool(match and getattr(match.func, "allows_camera", False))
        response["Permissions-Policy"] = _CAMERA_ONLY if camera else _NO_FEATURE
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        static = request.path_info.startswith(settings.STATIC_URL)
        if not (static and response.status_code in _SERVED):
            # The back button after log-out, and the next user of a shared PC, see nothing.
            response["Cache-Control"] = "no-store"
        del response["Server"]
        return response
