"""Password rules of the two profiles (settings.PASSWORD_PROFILE).

ASVS 5.0 6.2.5 and 6.2.10 forbid rules of composition and forced change, 等保 asks for both; so the
profile is a setting and its deviation is recorded (docs/decisions/0006-passwords.md).
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from relief.lib.pinyin import full_pinyin

#: Words that staff of a union would take; with years they stay weak.
TRADE_WORDS = [
    "gonghui",
    "songwennuan",
    "wenxin",
    "nuanxin",
    "laomo",
    "zhigong",
    "bangfu",
    "weiwen",
    "zonggonghui",
    "jiedao",
    "quzong",
    "beijing",
    "dongcheng",
    "xicheng",
    "chaoyang",
    "haidian",
    "fengtai",
    "shijingshan",
    "tongzhou",
    "shunyi",
    "changping",
    "daxing",
    "fangshan",
    "mentougou",
    "huairou",
    "pinggu",
    "miyun",
    "yanqing",
    "chunjie",
    "yuandan",
    "liangjie",
    "password",
    "mima",
    "admin",
    "root",
    "guanliyuan",
    "woaini",
    *("总工会", "工会", "街道", "乡镇", "送温暖", "职工", "劳模", "帮扶", "慰问", "困难", "密码"),
    *("北京市", "东城区", "西城区", "朝阳区", "海淀区", "丰台区", "石景山区", "通州区", "顺义区"),
    *("昌平区", "大兴区", "房山区", "门头沟区", "怀柔区", "平谷区", "密云区", "延庆区"),
    *("北京", "东城", "西城", "朝阳", "海淀", "丰台", "石景山", "通州", "顺义", "昌平", "大兴"),
    *("房山", "门头沟", "怀柔", "平谷", "密云", "延庆", "春节", "元旦", "两节", "管理员"),
    *("市", "区", "年", "月", "日"),
]


class MinimumLengthValidator:
    """Django's own rule in our words; its Chinese translation is incomplete."""

    def __init__(self, min_length: int = 12) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(
                f"密码太短，至少要 {self.min_length} 个字符。", code="password_too_short"
            )

    def get_help_text(self) -> str:
        return f"至少 {self.min_length} 个字符。"


class MaximumLengthValidator:
    """A bound far above any real password, so that hashing cannot be used against the server."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(f"密码最长 {self.max_length} 个字符。", code="password_too_long")

    def get_help_text(self) -> str:
        return f"最长 {self.max_length} 个字符。"


class KnownPasswordValidator(CommonPasswordValidator):
    """Refuses the 20,000 most used passwords and what is made of words of the trade and of runs.

    Runs are pieces of the alphabet, of the digits or of a row of keys, and one sign repeated.
    """

    #: So many different signs must be left when words, runs and years are taken away.
    LEFT = 5

    def validate(self, password: str, user: Any = None) -> None:
        lowered = unicodedata.normalize("NFKC", password).lower().strip()
        if lowered in self.passwords or _REPEATED.fullmatch(lowered):
            raise ValidationError("这个密码太常见，很容易被猜到。", code="password_too_common")
        if len(set(_without_guessable(lowered))) < self.LEFT or _is_words_and_digits(lowered):
            raise ValidationError(
                "密码只由常见的词、年份和连续的字符组成，很容易被猜到。", code="password_too_common"
            )

    def get_help_text(self) -> str:
        return "不要用常见的密码，不要用连续或重复的字符，也不要只用“工会”“地名”加年份。"


class PersonalWordsValidator:
    """Refuses what is known about the person: user name, name in pinyin, telephone."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None:
            return
        lowered = password.lower()
        for word in _words_of(user):
            if word in lowered:
                raise ValidationError(
                    "密码里不要用自己的用户名、姓名或电话。", code="password_personal"
                )

    def get_help_text(self) -> str:
        return "不要用自己的用户名、姓名或电话。"


class KindsOfCharactersValidator:
    """At least so many of: small letters, capitals, digits, other signs. Source: 等保 身份鉴别."""

    KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")

    def __init__(self, at_least: int = 3) -> None:
        self.at_least = at_least

    def validate(self, password: str, user: Any = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in self.KINDS) < self.at_least:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return f"大写字母、小写字母、数字、符号，至少要有 {self.at_least} 种。"


class NotUsedBeforeValidator:
    """Refuses the last passwords of the account. Source: 等保 身份鉴别."""

    def __init__(self, last: int = 5) -> None:
        self.last = last

    def validate(self, password: str, user: Any = None) -> None:
        from unions.models import PasswordRecord  # noqa: PLC0415 (settings load this module first)

        if user is None or user.pk is None:
            return
        records = PasswordRecord.objects.filter(user=user).order_by("-id")[: self.last]
        if any(check_password(password, record.password) for record in records):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return f"不能用最近 {self.last} 次用过的密码。"


def _words_of(user: Any) -> list[str]:
    words = [user.username.lower(), full_pinyin(user.full_name), re.sub(r"\D", "", user.phone)]
    return [word for word in words if len(word) >= 4]


#: One piece over and over, to the end.
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)
_YEAR = re.compile(r"(19|20)\d\d")
#: What fingers and eyes run along; backwards too.
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "!@#$%^&*()",
)
_FOLLOWS = {pair for row in _ROWS for way in (row, row[::-1]) for pair in pairwise(way)}
_BY_LENGTH = sorted(TRADE_WORDS, key=len, reverse=True)


def _without_guessable(password: str) -> str:
    """What is left of it without words of the trade, years and runs of three signs or more."""
    left = password
    for word in _BY_LENGTH:
        left = left.replace(word, " ")
    return "".join(run for run in _runs(_YEAR.sub(" ", left)) if len(run) < 3 and not run.isspace())


def _runs(text: str) -> list[str]:
    """The text cut where a sign does not follow from the one before."""
    runs: list[str] = []
    for sign in text:
        last = runs[-1][-1] if runs else ""
        if last == sign or (last, sign) in _FOLLOWS:
            runs[-1] += sign
        else:
            runs.append(sign)
    return runs


def _is_words_and_digits(password: str) -> bool:
    letters = "".join(sign for sign in password if sign.isalpha())
    rest = letters
    for word in _BY_LENGTH:
        rest = rest.replace(word, "")
    return bool(letters) and not rest
