"""The icons of the interface: paths on a 16-grid, drawn with one stroke (UX, visual language).

They are written into the page, so they print, follow the text colour and need no request.
"""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

ICONS: Final[dict[str, str]] = {
    "archive": "M2 3h12v3H2zM3 6v7.5h10V6M6.5 9h3",
    "arrow-left": "M13 8H3M7 4 3 8l4 4",
    "arrow-right": "M3 8h10M9 4l4 4-4 4",
    "bell": "M3.5 11.5V7a4.5 4.5 0 0 1 9 0v4.5l1 1h-11zM6.5 14.5h3",
    "box": "M2 5l6-3 6 3v6.5l-6 3-6-3zM2 5l6 3 6-3M8 8v6.5",
    "calendar": "M2.5 3.5h11v10h-11zM2.5 6.8h11M5.5 2v3M10.5 2v3",
    "camera": "M2 5h3l1-2h4l1 2h3v8H2zM8 11.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z",
    "chart": "M2.5 13.5h11M4.5 11V8M8 11V3M11.5 11V6",
    "check": "M3 8.5l3.2 3.2L13 4.8",
    "chevron-down": "M4 6l4 4 4-4",
    "clock": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
    "columns": "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
    "copy": "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    "cross": "M4 4l8 8M12 4l-8 8",
    "dot": "M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2z",
    "download": "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
    "edit": "M3 13l.6-2.8L11 2.8l2.2 2.2-7.4 7.4z",
    "equals": "M3 6h10M3 10h10",
    "eye": (
        "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"
        "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
    ),
    "file": "M3.5 1.8h6l3 3v9.4h-9zM9.3 2v3h3",
    "filter": "M2 3.5h12L9.5 8.8v4L6.5 14V8.8z",
    "gift": (
        "M2.5 6.5h11v7h-11zM1.8 4h12.4v2.5H1.8zM8 4v9.5M8 4S7 1.6 5.4 1.9C3.8 2.2 4.4 4 8 4z"
        "M8 4s1-2.4 2.6-2.1C12.2 2.2 11.6 4 8 4z"
    ),
    "help": (
        "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.7-.9 1.3"
        "M8 11.3v.2"
    ),
    "home": "M2 7.5 8 2.3l6 5.2M3.8 6.2v7.3h8.4V6.2",
    "inbox": "M2 9.5l1.8-6.3h8.4L14 9.5v4H2zM2 9.5h3.6l.9 1.6h3l.9-1.6H14",
    "info": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.8M8 4.8v.2",
    "key": "M5.2 13.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM7.2 8.6 13 2.8M10.6 5.2l1.8 1.8",
    "list": "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2",
    "lock": "M3.5 7.2h9v6.3h-9zM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2",
    "log": "M3 2h10v12H3zM5.5 5h5M5.5 8h5M5.5 11h3",
    "log-out": "M9.5 4.5V2.5h-7v11h7v-2M6 8h8M11.4 5.4 14 8l-2.6 2.6",
    "mail": "M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5",
    "menu": "M2.5 4h11M2.5 8h11M2.5 12h11",
    "minus": "M3 8h10",
    "money": (
        "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.6 4.6 8 7.6l2.4-3M8 7.6v3.8M5.8 8.2h4.4M5.8 10h4.4"
    ),
    "more": "M3.5 8h.1M8 8h.1M12.5 8h.1",
    "pause": "M5.5 3.5v9M10.5 3.5v9",
    "people": (
        "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z"
        "M1.5 13.2c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.6 3.2a2.2 2.2 0 0 1 0 4.2"
        "M12 9.4c1.6.5 2.6 1.8 2.6 3.8"
    ),
    "person": (
        "M8 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4z"
        "M2.8 14c0-2.9 2.3-4.5 5.2-4.5s5.2 1.6 5.2 4.5"
    ),
    "phone": "M4 2l2.2.2 1 3-1.4 1.4a9 9 0 0 0 3.6 3.6l1.4-1.4 3 1 .2 2.2c-6 1.6-11.6-4-10-10z",
    "pin": (
        "M8 15S3 9.8 3 6.4a5 5 0 0 1 10 0C13 9.8 8 15 8 15z"
        "M8 8.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z"
    ),
    "plus": "M8 3v10M3 8h10",
    "print": "M4.5 6V2.2h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4.3h-7z",
    "refresh": "M13 6A5.3 5.3 0 0 0 3.6 5M3 2.6V5.4h2.8M3 10a5.3 5.3 0 0 0 9.4 1M13 13.4v-2.8h-2.8",
    "search": "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8 14 14",
    "settings": (
        "M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2"
        "M3.6 3.6l1.4 1.4M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4"
    ),
    "shield": "M8 1.8l5.2 1.9v4.1c0 3-2.1 5.2-5.2 6.4-3.1-1.2-5.2-3.4-5.2-6.4V3.7z",
    "sort": "M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3",
    "sort-down": "M4 6l4 5 4-5",
    "sort-up": "M4 10l4-5 4 5",
    "tree": "M6 2h4v3H6zM1.8 11h4v3h-4zM10.2 11h4v3h-4zM8 5v3M3.8 11V8h8.4v3",
    "undo": "M6 3 2.8 6.2 6 9.4M3 6.2h6.2a4 4 0 0 1 0 8H6",
    "upload": "M8 10.5V3M4.8 6 8 2.8 11.2 6M2.5 13.5h11",
    "visit": (
        "M2 7.5 8 2.3l6 5.2M3.8 6.2v7.3h8.4V6.2"
        "M8 12S5.6 10.2 5.6 8.7a1.3 1.3 0 0 1 2.4-.6 1.3 1.3 0 0 1 2.4.6C10.4 10.2 8 12 8 12z"
    ),
    "warning": "M8 2.2 15 14H1zM8 6.5v3.6M8 12v.4",
}


def icon_svg(name: str, *, size: str = "") -> SafeString:
    """The drawing for `name`; a wrong name is a programming error and raises KeyError."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>',
        f" is-{size}" if size else "",
        ICONS[name],
    )
