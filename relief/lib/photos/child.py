"""The process that decodes one uploaded photo and may die of it.

`python -m relief.lib.photos.child LIMITS` reads the photo from standard input and writes a line of
JSON, and after it the photo anew: JPEG from raw pixels, so that neither place nor camera, comment
nor anything that was glued to the file comes along. Source: SECURITY §4.5.
"""

import json
import resource
import signal
import sys
import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from relief.lib.photos.limits import Limits

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 85


class TooManyPixelsError(Exception):
    pass


def encode(content: bytes, limits: Limits) -> bytes:
    """Raises TooManyPixelsError, and whatever the library raises at a broken photo."""
    Image.MAX_IMAGE_PIXELS = limits.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as photo:
            is_webp = photo.format == "WEBP"
            if photo.width * photo.height > (limits.webp_pixels if is_webp else limits.pixels):
                raise TooManyPixelsError(photo.format)
            ImageOps.exif_transpose(photo, in_place=True)
            photo.thumbnail((limits.longest_side, limits.longest_side))
            clean = _on_white(photo)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError from error
    written = BytesIO()
    clean.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _on_white(photo: Image.Image) -> Image.Image:
    """A new picture with the pixels and nothing else of the old one; no copy more than needed."""
    mode = "RGBA" if photo.has_transparency_data else "RGB"
    plain = photo
    if photo.mode != mode:
        plain = photo.convert(mode)
        photo.close()  # its pixels are not needed any more: two pictures, never three
    clean = Image.new("RGB", plain.size, "white")
    clean.paste(plain, mask=plain if mode == "RGBA" else None)
    return clean


def _limit_self(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Python ignores this signal; the parent reads from it that too much was written.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    _limit_self(limits)
    try:
        written = encode(sys.stdin.buffer.read(limits.photo_bytes + 1), limits)
    except TooManyPixelsError as error:
        code = "too_many_webp_pixels" if error.args == ("WEBP",) else "too_many_pixels"
        said, written = {"refused": code}, b""
    except MemoryError:
        said, written = {"refused": "too_complex"}, b""
    else:
        said = {"bytes": str(len(written))}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + written)


if __name__ == "__main__":
    main()
