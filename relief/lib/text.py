"""Text that people type, and that others read in lists and on paper."""

import unicodedata

from django.core.exceptions import ValidationError

#: Control, format (bidi marks, zero width), line and paragraph separators, private use.
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Co", "Cs"}


def refuse_hidden_characters(text: str) -> None:
    """Validator of one line: a name with an unseen letter would be another name, or read backwards.

    Raises ValidationError: hidden_characters.
    """
    if any(unicodedata.category(letter) in _HIDDEN for letter in text):
        raise ValidationError(
            "里面有看不见的字符，可能是粘贴时带来的，请删掉后重新输入。", code="hidden_characters"
        )
