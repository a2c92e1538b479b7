"""Rows that are nobody: titles, repeated headings, sums, signatures, examples, separating lines.

Source: DOMAIN §6.3 no. 4 and 19. A row that could be a person is never left out.
"""

import re
from collections.abc import Sequence
from typing import Final

from beneficiaries.importing.cells import shown
from beneficiaries.importing.fields import fields, heading
from beneficiaries.importing.layout import Layout
from beneficiaries.importing.names import is_name, normal_name
from relief.lib.workbooks.cells import decoded

REPEATED: Final = "重复的表头"
TOTAL: Final = "合计行"

_TOTAL: Final = re.compile(
    r"(?:本[页表街道单位社区]{1,4}|全[区街道表]{1,3})?(?:合计|小计|总计|累计|共计|总合计)"
    r"(?:[人数金额户元]*[\d.]*[人户元]*|人民币.*|大写.*|金额.*)"
)
_SUM_OF: Final = re.compile(r".{1,12}(?:小计|合计)[\d.]*[人户元名]*")
_BLANK_MARK: Final = re.compile(r"(?:本页)?以下(?:为)?空白(?:行)?")
_EXAMPLE: Final = re.compile(r"(?:填写|填表)?(?:示例|样例|范例|例|例如|举例)\d*")
_SIGNED: Final = re.compile(
    r"(?:填表|制表|审核|复核|负责|经办|填报|录入|单位|盖章|日期|时间|联系|备注|附注|说明|工会|主席|主管|财务|分管|年月日)"
    r"[^:：]{0,12}[:：]|注[:：\d]|说明[:：]|填表说明|备注[:：]"
)
_DATED: Final = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日$|第\d+页")
#: An ID number in the cell of a row: then it is somebody, whatever else the row says.
_ID: Final = re.compile(r"t\d{17}[\dXx]", re.ASCII)


class Skipping:
    """Judges the rows of one sheet below its heading."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._used = frozenset(one.index for one in layout.columns if one.field)
        self._id = _index(layout, "id_number")
        self._name = _index(layout, "name")
        self._words = [heading(one.heading).text for one in layout.columns]

    def reason(self, codes: Sequence[str], *, is_covered: bool) -> str:
        """ "" for a person. `is_covered`: the cell of the name is merged with the one above."""
        if self._id is not None and self._id < len(codes) and _ID.fullmatch(codes[self._id]):
            return self._example(codes)
        texts = [shown(decoded(code)) for code in codes if code]
        words = [heading(text).text for text in texts]
        if self._is_heading(words):
            return REPEATED
        if self._has_id(codes):
            return self._example(codes)
        reason = _by_words(words, texts[0].strip(), is_person=self._names_somebody(codes))
        if reason or is_covered:
            return reason
        return self._example(codes) or self._of_emptiness(codes, texts)

    def is_moved(self, codes: Sequence[str]) -> bool:
        """Whether a repeated heading has its words in other columns than the heading."""
        for index, code in enumerate(codes):
            word = heading(shown(decoded(code))).text
            if word and not (index < len(self._words) and word in self._words[index]):
                return True
        return False

    def _is_heading(self, words: Sequence[str]) -> bool:
        own = sum(word in self._layout.headings for word in words)
        if own > max(1, len(words) / 2):
            return True
        known = sum(word in self._layout.headings or fields().is_heading(word) for word in words)
        return known >= 3 and known > len(words) / 2

    def _example(self, codes: Sequence[str]) -> str:
        first = next((code for code in codes if code), "")
        return "示例行" if first[0] == "t" and _EXAMPLE.fullmatch(heading(first[1:]).text) else ""

    def _names_somebody(self, codes: Sequence[str]) -> bool:
        if self._name is None or self._name >= len(codes) or codes[self._name][:1] != "t":
            return False
        others = sum(bool(code) for index, code in enumerate(codes) if index in self._used)
        return others > 1 and is_name(normal_name(codes[self._name][1:]))

    def _of_emptiness(self, codes: Sequence[str], texts: Sequence[str]) -> str:
        used = [index for index, code in enumerate(codes) if code and index in self._used]
        if not used:
            return "只有序号" if all(text.isdecimal() for text in texts) else "标题或说明行"
        if len(texts) > 1 or len(self._used) <= 2:
            return ""
        is_somebody = used[0] == self._name and is_name(normal_name(texts[0]))
        return "" if is_somebody else "标题或说明行"

    def _has_id(self, codes: Sequence[str]) -> bool:
        if self._id is None or self._id >= len(codes):
            return False
        return sum(letter.isdigit() for letter in codes[self._id]) > 11


def _by_words(words: Sequence[str], first: str, *, is_person: bool) -> str:
    """Why the row is none of a person, by what it says."""
    if any(_BLANK_MARK.fullmatch(word) for word in words):
        return "空白标记"
    if any(_TOTAL.fullmatch(word) for word in words[:3]):
        return TOTAL
    if not is_person and _SUM_OF.fullmatch(words[0]):
        return TOTAL
    is_signed = _SIGNED.match(first) or (not is_person and _DATED.match(first))
    return "签字或说明行" if is_signed else ""


def _index(layout: Layout, name: str) -> int | None:
    column = layout.column_of(name)
    return column.index if column else None
