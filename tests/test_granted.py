"""What asks nobody whether it is allowed, because its callers have asked, is for services only."""

import ast

from tests import architecture as house
from tests.test_architecture import WITHOUT_REQUIRE


def test_what_was_granted_is_done_by_services_only() -> None:
    """`services/granted.py` asks nobody: its callers have."""
    assert any(path.stem == "granted" for path in house.layer("services"))
    found = [
        path
        for path in house.sources()
        if "services" not in path.parts
        and ".granted import" in (house.ROOT / path).read_text(encoding="utf-8")
    ]
    assert found == []


def test_parts_of_services_are_used_by_services_only() -> None:
    """What asks nobody because its callers have asked is out of reach of views and commands."""
    parts = {entry for entry, why in WITHOUT_REQUIRE.items() if why.startswith("a part of ")}
    assert len(parts) > 5
    found = [
        f"{path} uses {part}"
        for path in house.sources()
        if "services" not in path.parts
        for part in parts
        if _uses(house.tree(path), part)
    ]
    assert found == []


def _uses(tree: ast.Module, part: str) -> bool:
    """Whether the module imports the function, or its module and then names it."""
    path, _, function = part.partition(":")
    package, _, module = path.removesuffix(".py").replace("/", ".").rpartition(".")
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    taken = {(node.module, alias.name) for node in imports for alias in node.names}
    if (f"{package}.{module}", function) in taken:
        return True
    return (package, module) in taken and any(
        isinstance(node, ast.Attribute) and ast.unparse(node) == f"{module}.{function}"
        for node in ast.walk(tree)
    )


def test_a_part_of_a_service_is_seen_wherever_it_is_used() -> None:
    part = "beneficiaries/services/stepping.py:go"
    for used in (
        "from beneficiaries.services.stepping import go",
        "from beneficiaries.services import stepping\nstepping.go(by=None)",
    ):
        assert _uses(ast.parse(used), part)
    assert not _uses(ast.parse("from beneficiaries.services import stepping"), part)
