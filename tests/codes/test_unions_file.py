"""fixtures/unions.json: one tree that holds every union of the stories."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

UNIONS: list[dict[str, str]] = json.loads(
    (Path(settings.BASE_DIR) / "fixtures" / "unions.json").read_text("utf-8")
)
BY_CODE = {union["code"]: union for union in UNIONS}
BY_NAME = {union["name"]: union for union in UNIONS}
SHAPES = {
    "city": r"\d{6}",
    "district": r"\d{6}",
    "street": r"\d{9}",
    "town": r"\d{9}",
    "system": r"\d{6}X\d\d",
    "park": r"\d{6}Y\d\d",
    "group": r"\d{6}Z\d\d",
    "grassroots": r"\d{6}(\d{3})?G\d\d",
}
#: What the pages of shared/seeds say, as the story files name it: (name, kind, parent or "").
STORIES = Path(__file__).with_name("story_unions.json")


def story_unions() -> list[tuple[str, str, str, str]]:
    stories: dict[str, list[dict[str, str]]] = json.loads(STORIES.read_text("utf-8"))
    return [
        (story, union["name"], union["kind"], union.get("parent", ""))
        for story, unions in stories.items()
        for union in unions
    ]


def test_codes_and_names_are_there_once() -> None:
    assert len(BY_CODE) == len(UNIONS)
    assert len(BY_NAME) == len(UNIONS)


@pytest.mark.parametrize("union", UNIONS, ids=lambda union: union["code"])
def test_union_is_well_formed(union: dict[str, str]) -> None:
    assert set(union) == {"code", "name", "kind", "parent", "region_code", "source"}
    assert re.fullmatch(r"[0-9A-Z]{2,20}", union["code"])
    assert re.fullmatch(SHAPES[union["kind"]], union["code"])
    assert re.fullmatch(r"\d{6}(\d{3})?", union["region_code"])
    assert union["source"]


def test_tree_has_one_root_and_parents_come_first() -> None:
    seen: set[str] = set()
    for union in UNIONS:
        assert union["parent"] in seen or (not seen and union["parent"] == "")
        seen.add(union["code"])
    assert UNIONS[0]["name"] == "北京市总工会"


@pytest.mark.parametrize(("story", "name", "kind", "parent"), story_unions(), ids=str)
def test_union_of_a_story_is_in_the_tree(story: str, name: str, kind: str, parent: str) -> None:
    union = BY_NAME[name]
    assert union["kind"] == kind
    if parent:
        assert BY_CODE[union["parent"]]["name"] == parent


def test_regions_of_the_unions_are_in_the_code_list() -> None:
    path = Path(settings.BASE_DIR) / "fixtures" / "codes" / "region.json"
    regions: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["codes"]
    known = {entry["code"] for entry in regions}
    assert {union["region_code"] for union in UNIONS} <= known
