"""What many services refuse in the same words."""

from django.core.exceptions import ValidationError


def refuse_blank(
    text: str, *, field: str = "reason", words: str = "请写明理由。", code: str = "no_reason"
) -> None:
    """Raises ValidationError (`no_reason`, beside the field) where nothing was written."""
    if not text.strip():
        raise ValidationError({field: ValidationError(words, code=code)})


def refuse_stale(stored: int, opened: int, what: str) -> None:
    """Raises ValidationError (`stale`) where somebody saved since the page was opened."""
    if stored != opened:
        raise ValidationError(
            f"您打开这一页之后，别人已经改过{what}。下面是您填的内容，请对照最新内容后再保存。",
            code="stale",
        )
