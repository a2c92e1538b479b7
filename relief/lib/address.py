"""Where a request comes from."""

from axes.helpers import get_client_ip_address
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client's address; proxies are believed only as far as TRUSTED_PROXIES says."""
    address = get_client_ip_address(request)
    return str(address) if address else None
