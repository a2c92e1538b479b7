from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render


class WrongMethodMiddleware:
    """Gives the empty answer 405 of Django's decorators a sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_bare = isinstance(response, HttpResponse) and not response.content
        if response.status_code != 405 or not is_bare:
            return response
        page: HttpResponse = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page
