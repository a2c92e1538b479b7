"""Read a photo or a PDF that somebody uploaded.

    content = read_paper(upload)

A photo comes back as a JPEG that was written anew by a child process; a PDF stays as it is, and is
never shown inside a page. What it is is told by its first bytes, never by its name.
Source: SECURITY §4.5.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError

from relief.lib.limited_child import End, run_limited
from relief.lib.photos.limits import MEBIBYTE, Limits

JPEG: Final = "image/jpeg"
PDF: Final = "application/pdf"

_CHILD: Final = "relief.lib.photos.child"
#: Enough to tell what a file is.
_HEAD: Final = 32
#: In which the end of a whole PDF is marked.
_PDF_END: Final = 2048

_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "empty": "文件是空的，一个字节也没有。请重新选择。",
        "photo_too_large": "照片超过 {photo_mb} MB。请在手机或电脑上压缩后再上传。",
        "pdf_too_large": "PDF 超过 {pdf_mb} MB。请降低扫描的清晰度，或分成几份再上传。",
        "too_many_pixels": "照片的像素太多（超过 {megapixels} 百万）。请缩小尺寸后再上传。",
        "too_many_webp_pixels": "WebP 照片的像素太多（超过 {webp_megapixels} 百万）。请缩小尺寸，"
        "或者另存为 JPEG 再上传。",
        "heic": "这是苹果手机的 HEIC 照片，这里读不了。请在手机“设置 › 相机 › 格式”里选"
        "“兼容性最佳”后重拍，或把照片截图再上传。",
        "other_format": "只收 JPEG、PNG、WebP 照片和 PDF 文件。其他格式请先另存为其中一种。",
        "broken": "照片已损坏，读不完整。请重新拍照或重新保存后再上传。",
        "broken_pdf": "PDF 不完整，可能没有传完。请重新扫描或另存一份再上传。",
        "too_slow": "读这张照片用的时间太长，已经停下。请用别的程序另存为 JPEG 再上传。",
        "too_complex": "这张照片太复杂，读不完。请用别的程序另存为 JPEG 再上传。",
    }
)


class PaperRefused(ValidationError):  # noqa: N818  # a decision, not a failure
    """The file is not kept. `message` says in one sentence what is wrong and what to do."""

    def __init__(self, code: str, *, limits: Limits) -> None:
        text = _SENTENCES[code].format(
            photo_mb=limits.photo_bytes // MEBIBYTE,
            pdf_mb=limits.pdf_bytes // MEBIBYTE,
            megapixels=limits.pixels // 1_000_000,
            webp_megapixels=limits.webp_pixels // 1_000_000,
        )
        super().__init__(text, code=code)


def limits_from_settings() -> Limits:
    return Limits(**settings.PHOTO_LIMITS)


def read_paper(file: IO[bytes] | Any, *, limits: Limits | None = None) -> tuple[str, bytes]:
    """(content type, content) as it may be kept. Raises PaperRefused."""
    limits = limits or limits_from_settings()
    file.seek(0)
    content: bytes = file.read(max(limits.photo_bytes, limits.pdf_bytes) + 1)
    kind = _kind_of(content[:_HEAD], limits)
    if kind == PDF:
        _check_pdf(content, limits)
        return PDF, content
    if len(content) > limits.photo_bytes:
        raise PaperRefused("photo_too_large", limits=limits)
    return JPEG, _encoded(content, limits)


def _kind_of(head: bytes, limits: Limits) -> str:
    if not head:
        raise PaperRefused("empty", limits=limits)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return JPEG
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"hevc", b"mif1", b"msf1"}:
        raise PaperRefused("heic", limits=limits)
    raise PaperRefused("other_format", limits=limits)


def _check_pdf(content: bytes, limits: Limits) -> None:
    if len(content) > limits.pdf_bytes:
        raise PaperRefused("pdf_too_large", limits=limits)
    if b"%%EOF" not in content[-_PDF_END:]:
        raise PaperRefused("broken_pdf", limits=limits)


def _encoded(content: bytes, limits: Limits) -> bytes:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        given.write(content)
        given.seek(0)
        end = run_limited(
            _CHILD,
            json.dumps(asdict(limits)),
            stdin=given,
            stdout=written,
            wall_seconds=limits.wall_seconds,
        )
        if end is End.TOO_SLOW:
            raise PaperRefused("too_slow", limits=limits)
        if end is End.TOO_COMPLEX:
            raise PaperRefused("too_complex", limits=limits)
        written.seek(0)
        return _photo_of(written, limits)


def _photo_of(written: IO[bytes], limits: Limits) -> bytes:
    """What the child wrote; a child that died without a word met a broken photo."""
    line = written.readline()
    said: dict[str, str] = json.loads(line) if line.endswith(b"\n") else {}
    if "refused" in said:
        raise PaperRefused(said["refused"], limits=limits)
    photo = written.read()
    if not photo or said.get("bytes") != str(len(photo)):
        raise PaperRefused("broken", limits=limits)
    return photo
