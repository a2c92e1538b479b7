import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from relief.lib.icons import icon_svg


def render(source, path="/", **context):
    template = engines["django"].from_string(source)
    return template.render(context, RequestFactory().get(path))


def test_an_unknown_icon_raises():
    with pytest.raises(KeyError):
        icon_svg("no such icon")


def test_icons_are_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in render('{% icon "check" %}')
    assert 'class="icon is-small"' in render('{% icon "check" "small" %}')


def test_sorting_turns_round_and_keeps_the_filter_but_not_the_page():
    head = '{% sort_th "name" "姓名" %}'
    assert 'href="?q=w&amp;sort=name"' in render(head, "/?q=w&page=3")
    up = render(head, "/?sort=name")
    assert 'href="?sort=-name"' in up
    assert 'aria-sort="ascending"' in up
    down = render(head, "/?sort=-name")
    assert 'href="?sort=name"' in down
    assert 'aria-sort="descending"' in down
    assert "aria-sort" not in render(head, "/?sort=other")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, "1 2 3 … 20"),
        (10, "1 … 8 9 10 11 12 … 20"),
        (20, "1 … 18 19 20"),
        (4, "1 2 3 4 5 6 … 20"),
    ],
)
def test_the_pager_offers_first_last_and_near(number, shown):
    page = Paginator(range(400), 20).page(number)
    html = render('{% pager page unit="人" %}', "/?q=w", page=page)
    pages = html[html.index("pager-pages") :]
    found = [part.split("<")[0] for part in pages.replace("</span>", "</span>\0").split("\0")[1:]]
    numbers = [text.strip() for text in found if text.strip().isdigit()]
    assert numbers == [part for part in shown.split() if part != "…"]
    assert pages.count("…") == shown.count("…")
    assert "q=w" in html
    assert "共 <b>400</b> 人" in html


def test_one_page_needs_no_pages():
    page = Paginator(range(3), 20).page(1)
    assert "pager-pages" not in render("{% pager page %}", page=page)


def test_a_card_keeps_what_is_in_it_and_escapes_its_title():
    html = render("{% card title=title %}<p>{{ title }}</p>{% endcard %}", title="<b>")
    assert html.count("&lt;b&gt;") == 2
    assert "<p>&lt;b&gt;</p>" in html


def test_a_wide_table_can_be_reached_by_keyboard():
    html = render('{% table_box label="名单" tall=True %}<table></table>{% endtable_box %}')
    assert 'tabindex="0" role="region" aria-label="名单"' in html
    assert "is-tall" in html


def test_crumbs_mark_the_last_one():
    html = render('{% crumbs "机构" "/units/" "建国门街道" %}')
    assert '<a href="/units/">机构</a>' in html
    assert '<span aria-current="page">建国门街道</span>' in html


@pytest.mark.parametrize(
    ("old", "new", "wrong", "expected"),
    [
        ("甲", "乙", False, ["diff-old", "diff-new"]),
        ("", "乙", False, ["diff-new"]),
        ("甲", "", False, ["diff-old", "（清空）"]),
        ("", "456X", True, ["diff-wrong"]),
        ("甲", "甲", False, []),
    ],
)
def test_old_and_new(old, new, wrong, expected):
    html = render(
        '{% include "components/diff.html" with old=old new=new is_wrong=wrong only %}',
        old=old, new=new, wrong=wrong,
    )  # fmt: skip
    marks = [mark for mark in ("diff-old", "diff-new", "diff-wrong", "（清空）") if mark in html]
    assert marks == expected


@pytest.mark.parametrize(
    ("level", "kind"), [("success", "ok"), ("info", "info"), ("warning", "warn"), ("error", "err")]
)
def test_a_flash_message_has_tint_icon_and_a_way_to_close_it(level, kind):
    message = Message(getattr(constants, level.upper()), "已经写入 <45> 人。")
    html = render(
        '{% include "components/flash.html" with messages=messages only %}', messages=[message]
    )
    assert f"note is-{kind}" in html
    assert '<svg class="icon"' in html
    assert "关闭这条提示" in html
    assert "&lt;45&gt;" in html


def test_no_messages_leave_no_trace():
    assert (
        render(
            '{% include "components/flash.html" with messages=messages only %}', messages=[]
        ).strip()
        == ""
    )
