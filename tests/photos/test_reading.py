"""Photos as phones, scanners and enemies make them; SECURITY §4.5 and §6 row 12."""

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from PIL import Image

from relief.lib.photos.limits import Limits
from relief.lib.photos.read import JPEG, PDF, PaperRefused, read_paper

RED = (200, 30, 30)
WHOLE_PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


def made(size: tuple[int, int] = (40, 30), mode: str = "RGB", **saving: Any) -> bytes:
    colour: Any = RED if mode == "RGB" else None
    picture = Image.new(mode, size, colour) if colour else Image.new(mode, size)
    written = io.BytesIO()
    picture.save(written, **{"format": "JPEG"} | saving)
    return written.getvalue()


def noted() -> bytes:
    """As a phone writes it: turned by a quarter, with place and camera."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SecretCamera"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (39.0, 54.0, 26.0)
    return made(exif=exif, comment=b"<?php system($_GET[1]); ?>")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_saying(width: int, height: int) -> bytes:
    """A few bytes that claim to be a large picture, grey, one bit a pixel, all of it there."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    return written.getvalue()


def read(content: bytes, **limits: int) -> tuple[str, bytes]:
    return read_paper(io.BytesIO(content), limits=Limits(**limits))


def photo(content: bytes) -> Image.Image:
    kind, kept = read(content)
    assert kind == JPEG
    opened = Image.open(io.BytesIO(kept), formats=["JPEG"])
    opened.load()
    return opened


def test_what_a_phone_noted_does_not_come_along():
    content = noted()
    assert b"SecretCamera" in content
    kept = read(content)[1]
    for trace in (b"SecretCamera", b"Exif", b"GPS", b"php"):
        assert trace not in kept
    opened = photo(content)
    assert opened.size == (30, 40)  # upright, as the phone showed it
    assert dict(opened.getexif()) == {}
    assert "comment" not in opened.info


@pytest.mark.parametrize(
    "glued",
    [b"<script>alert(1)</script>", b"PK\x03\x04 a whole archive", b"%PDF-1.7 %%EOF", b"GIF89a"],
)
def test_what_was_glued_to_a_photo_is_gone(glued: bytes):
    kept = read(made() + glued)[1]
    assert glued not in kept


@pytest.mark.parametrize(
    "make",
    [
        lambda: made(format="PNG"),
        lambda: made(format="WEBP"),
        lambda: made(mode="CMYK"),
        lambda: made(mode="L", progressive=True),
        lambda: made(mode="P", format="PNG"),
        lambda: made(mode="LA", format="PNG"),
        lambda: made(mode="1", format="PNG"),
        lambda: made(mode="I;16", format="PNG"),
        animated,
    ],
    ids=["png", "webp", "cmyk", "grey", "palette", "clear", "two colours", "16 bit", "animated"],
)
def test_every_kind_of_photo_becomes_a_plain_jpeg(make: Callable[[], bytes]):
    opened = photo(make())
    assert (opened.mode, getattr(opened, "n_frames", 1)) == ("RGB", 1)


def test_what_is_clear_becomes_white():
    content = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(content, "PNG")
    assert photo(content.getvalue()).getpixel((4, 4)) == (255, 255, 255)


def test_a_long_photo_is_made_smaller():
    assert photo(made((9000, 900))).size == (6000, 600)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "empty"),
        (lambda: png_saying(13_000, 13_000), "too_many_pixels"),
        (lambda: png_saying(20_000, 20_000), "too_many_pixels"),
        (lambda: png_saying(5_001, 5_000), "too_many_pixels"),
        (lambda: made((4_001, 4_000), format="WEBP", method=0), "too_many_webp_pixels"),
        (lambda: made()[:200], "broken"),
        (lambda: b"\xff\xd8\xff\xe0" + b"no photo at all", "broken"),
        (lambda: b"RIFF\x10\x00\x00\x00WEBPVP8 ", "broken"),
        (lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b""), "broken"),
        (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "other_format"),
        (lambda: b"<?xml version='1.0'?><svg/>", "other_format"),
        (lambda: made(format="GIF"), "other_format"),
        (lambda: made(format="TIFF"), "other_format"),
        (lambda: made(format="BMP"), "other_format"),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "other_format"),
        (lambda: b"PK\x03\x04 a workbook", "other_format"),
        (lambda: b"MZ a program", "other_format"),
        (lambda: WHOLE_PDF[:20], "broken_pdf"),
        (lambda: made() + bytes(9 * 1024 * 1024), "photo_too_large"),
        (lambda: WHOLE_PDF + bytes(11 * 1024 * 1024), "pdf_too_large"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(make: Callable[[], bytes], code: str):
    with pytest.raises(PaperRefused) as refusal:
        read(make())
    assert refusal.value.code == code
    assert "。" in refusal.value.message


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        # Too little to load the library: it ends without a word, which is told as a broken photo.
        ({"memory_bytes": 120 * 1024 * 1024}, {"too_complex", "broken"}),
        ({"wall_seconds": 0}, {"too_slow"}),
        ({"output_bytes": 10}, {"too_complex"}),
    ],
)
def test_a_photo_beyond_the_limits_of_the_child_is_refused(limits: dict[str, int], code: set[str]):
    with pytest.raises(PaperRefused) as refusal:
        read(made((4000, 4000), format="PNG"), **limits)
    assert refusal.value.code in code


#: Runs the child from a process that is small itself: what it uses at most counts its parent, too.
_MEASURED = """
import resource, subprocess, sys
asked = [sys.executable, "-m", "relief.lib.photos.child", sys.argv[1]]
subprocess.run(asked, stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(
    ("size", "mode", "saving"),
    [
        ((4000, 4000), "RGB", {"format": "WEBP", "method": 0}),
        ((4000, 4000), "RGBA", {"format": "WEBP", "method": 0}),
        ((5000, 5000), "CMYK", {}),
        ((5000, 5000), "RGBA", {"format": "PNG", "compress_level": 1}),
    ],
    ids=["webp", "clear webp", "cmyk", "clear png"],
)
def test_the_largest_photo_takes_less_than_300_megabytes(
    size: tuple[int, int], mode: str, saving: dict[str, Any]
):
    content = made(size, mode, **saving)
    assert len(content) <= Limits().photo_bytes
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURED, json.dumps(asdict(Limits()))],
        input=content,
        capture_output=True,
        check=True,
    )
    assert int(measured.stdout) < 300 * 1024


def test_a_pdf_stays_as_it_is():
    assert read(WHOLE_PDF) == (PDF, WHOLE_PDF)
