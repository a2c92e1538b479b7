"""The frame of stories: what is not a story is refused, what is known is not added twice."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reports import stories
from unions.models import Union

STORY = {
    "source": "page.txt",
    "campaign": {"code": "east-2026"},
    "unions": [
        {"name": "南城区总工会", "kind": "区总"},
        {"name": "南门街道总工会", "kind": "街道", "parent": "南城区总工会"},
    ],
    "funds": [],
}


@pytest.fixture
def story_file(tmp_path: Path) -> Path:
    path = tmp_path / "story.json"
    path.write_text(json.dumps(STORY), encoding="utf-8")
    return path


def test_a_story_adds_its_unions_below_the_root_once(cast, story_file, capsys):
    call_command("load_story", str(story_file))
    south = Union.objects.get(name="南城区总工会")
    assert south.parent == cast.unions["city"]
    assert Union.objects.get(name="南门街道总工会").parent == south
    assert "east-2026: 2 unions added" in capsys.readouterr().out
    call_command("load_story", str(story_file))
    heard = capsys.readouterr()
    assert "east-2026: 0 unions added" in heard.out
    assert "not recorded yet: campaign, funds" in heard.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"source": "x", "campaign": {}}', "`unions` is missing"),
        ('{"source": "x", "campaign": {}, "unions": []}', "`campaign.code` is missing"),
    ],
)
def test_what_is_no_story_is_named(cast, tmp_path, text, said):
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        call_command("load_story", str(path))


def test_an_app_adds_what_it_records_and_counts(cast, story_file, capsys, monkeypatch):
    monkeypatch.setattr(stories, "_recorders", dict(stories._recorders))
    monkeypatch.setattr(stories, "_counters", dict(stories._counters))
    stories.recorder("funds")(lambda story: len(story["funds"]) + 3)
    stories.counter("raised_cash")(lambda code: {"raised_cash": f"5000.00 for {code}"})
    call_command("load_story", str(story_file))
    assert "3 funds" in capsys.readouterr().out
    call_command("campaign_figures", "east-2026", "--json")
    assert json.loads(capsys.readouterr().out) == {"raised_cash": "5000.00 for east-2026"}
