"""QR codes as SVG inside the page: no image request, prints sharp."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str, *, label: str, scale: int = 4) -> SafeString:
    """An SVG element that shows `text`; `label` is read out by screen readers."""
    code = segno.make(text, error="m")
    svg = code.svg_inline(
        scale=scale, border=2, omitsize=False, svgclass="qr", lineclass=None, title=label
    )
    # segno escapes the title and draws only paths of its own.
    return mark_safe(svg)  # noqa: S308
