"""Reading our own source for tests/test_architecture.py."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

from unions.scope import ScopedQuerySet

ROOT = Path(settings.BASE_DIR)
PACKAGES = (
    "relief",
    "audit",
    "unions",
    "beneficiaries",
    "campaigns",
    "ledger",
    "disbursements",
    "outreach",
    "reports",
)
_TEMPLATE_NAME = re.compile(r"[\"']([\w/.-]+\.html)(?:#\w+)?[\"']")


def sources(*packages: str) -> list[Path]:
    """Our Python files without migrations, relative to the root."""
    return sorted(
        path.relative_to(ROOT)
        for package in packages or PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    )


def layer(name: str) -> list[Path]:
    """The files of one layer in every app: `views.py` and `views/*.py`."""
    return [path for path in sources() if path.stem == name or name in path.parts[:-1]]


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """The functions of a module, not those inside classes or other functions."""
    return (node for node in tree(path).body if isinstance(node, ast.FunctionDef))


def our_models() -> list[type[models.Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if _is_ours(Path(config.path))
        for model in config.get_models()
    ]


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES


@cache
def scoped_models() -> dict[str, type[models.Model]]:
    return {
        model.__name__: model
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet)
    }


@cache
def reverse_accessors() -> set[str | None]:
    """Names under which rows of a scoped model can be had from another row."""
    return {
        relation.get_accessor_name()
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if relation.related_model in scoped_models().values() and not relation.hidden
    }


#: Models whose rows a person owns: `Staff.objects.live().of(user)` are one's own postings.
OWNED = {"Staff", "SavedFilter"}


def unscoped_reads(path: Path) -> Iterator[str]:
    """Places where rows of a scoped model are taken without `.visible_to(` (or `.none()`)."""
    module = tree(path)
    scoped_calls = {id(inner) for call in _scopings(module) for inner in ast.walk(call.func)}
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and id(node) not in scoped_calls and _is_read(node):
            yield f"{path}:{node.lineno} .{node.attr}"


def _scopings(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        taken = ast.unparse(node.func.value)
        if (
            node.func.attr == "visible_to"
            or (node.func.attr == "none" and taken.endswith(".objects"))
            or (node.func.attr == "of" and taken.partition(".objects")[0] in OWNED)
        ):
            yield node


def _is_read(node: ast.Attribute) -> bool:
    if node.attr == "objects":
        return not isinstance(node.value, ast.Name) or node.value.id in scoped_models()
    return node.attr == "_default_manager" or node.attr in reverse_accessors()


def templates() -> dict[str, Path]:
    """Name → file of every template of ours."""
    folders = [ROOT / "templates", *(ROOT / package / "templates" for package in PACKAGES)]
    return {
        str(path.relative_to(folder)): path for folder in folders for path in folder.rglob("*.html")
    }


def named_templates() -> set[str]:
    """Every template name that stands in our code or in a template."""
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in sources()]
    texts += [path.read_text(encoding="utf-8") for path in templates().values()]
    return {name for text in texts for name in _TEMPLATE_NAME.findall(text)}
