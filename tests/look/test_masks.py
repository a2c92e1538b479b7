import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.lib import masks


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("110101196801011234", "110***********1234"),
        ("11010119680101123X", "110***********123X"),
        ("110101680101123", "110********1123"),
        ("E12345678", "****5678"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_id_numbers(value, shown):
    assert masks.mask_id(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("010-65128888", "****8888"),
        ("12351", "*****"),
    ],
)
def test_phones(value, shown):
    assert masks.mask_phone(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("6222020000000001234", "**** **** **** 1234"),
        ("6222 0200 1234", "**** **** **** 1234"),
        ("123", "***"),
    ],
)
def test_cards(value, shown):
    assert masks.mask_card(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", ""), ("王", "*"), ("王芳", "王*"), ("王桂兰", "王*兰"), ("欧阳建国", "欧**国")],
)
def test_names(value, shown):
    assert masks.mask_name(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("北京市东城区建国门街道苏州胡同12号", "北京市东城区建国门街道***"),
        ("北京市东城区建国门内大街甲2号", "北京市东城区***"),
        ("东城区朝阳门街道市场路3号", "东城区朝阳门街道***"),
        ("江苏省镇江市京口区大市口街道中山路1号", "江苏省镇江市京口区大市口街道***"),
        ("江苏省镇江市京口区学府路1号", "江苏省镇江市京口区***"),
        ("江西省景德镇市珠山区新村街道1号", "江西省景德镇市珠山区新村街道***"),
        ("河北省张家口市怀来县沙城镇幸福村5号", "河北省张家口市怀来县沙城镇***"),
        ("浙江省杭州市西湖区文三路8号", "浙江省杭州市西湖区***"),
        ("北京市东城区建国门街道", "北京市东城区建国门街道"),
        ("幸福里3号楼2单元501", "***"),
        ("12号", "***"),
    ],
)
def test_addresses_stop_at_the_street(value, shown):
    assert masks.mask_address(value) == shown


@given(st.text(max_size=60))
def test_no_mask_fails_open(value):
    if re.sub(r"[\s-]", "", value):
        for mask in (masks.mask_id, masks.mask_phone, masks.mask_card, masks.mask_name):
            assert "*" in mask(value)


@given(st.text(alphabet="省市区县街道路巷号镇乡0123456789甲乙", max_size=40))
def test_no_house_number_survives(value):
    assert not any(letter.isdigit() for letter in masks.mask_address(value))
