"""How large a photo or scan may be. Source: SECURITY §4.5."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Every figure can be set in `settings.PHOTO_LIMITS` under its name here."""

    photo_bytes: int = 8 * MEBIBYTE
    pdf_bytes: int = 10 * MEBIBYTE
    #: Asked from the header, before anything is decoded.
    pixels: int = 25_000_000
    #: The decoder of WebP holds four pictures at once, 16 bytes a pixel: 300 MB are for so many.
    webp_pixels: int = 16_000_000
    #: The longer side of what is kept.
    longest_side: int = 6_000
    memory_bytes: int = 768 * MEBIBYTE
    cpu_seconds: int = 10
    wall_seconds: int = 20
    output_bytes: int = 32 * MEBIBYTE
