"""Names of people as a ledger writes them, and texts under the heading 姓名 that are none.

Source: DOMAIN §6.3 no. 17.
"""

import re
import unicodedata
from typing import Final

_WIDE: Final = re.compile("[\uff10-\uff5a]")
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()}
_BLANKS: Final = re.compile(r"[^\S\n]+")
_DOTS: Final = re.compile(r"[·•．.・‧∙●・‧]")
_NAME: Final = re.compile(r"[^\W\d_]+(?:·[^\W\d_]+)*")
_HAN: Final = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]{5,}")
_PLAIN: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_BODIES: Final = re.compile(
    "公司|单位|街道|社区|中心|工会|医院|学校|小学|中学|大学|工厂|商店|超市|酒店|集团|委员会|办事处|项目部|"
    "合计|小计|总计|填表|制表|审核|同上|示例|姓名|空白$"
)
#: The commonest family names, enough to tell a column of people from one of anything else.
SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武"
    "戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮"
    "柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古"
    "吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫"
    "寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位"
)


def normal_text(text: str) -> str:
    """Letters and digits of one width, single blanks, composed characters."""
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        if _WIDE.search(text):
            text = text.translate(_FULL_WIDTH)
    if " " not in text and text.isprintable():
        return text
    return _BLANKS.sub(" ", text).strip()


def normal_name(text: str) -> str:
    """
    >>> normal_name("阿依 古丽．买买提")
    '阿依古丽·买买提'
    """
    if _PLAIN.fullmatch(text):
        return text
    return _DOTS.sub("·", "".join(normal_text(text).split()))


def is_name(name: str) -> bool:
    """Whether a normal name could be one: not a firm, a sum, or four people in one cell."""
    if _HAN.fullmatch(name) or _BODIES.search(name):
        return False
    return _NAME.fullmatch(name) is not None
