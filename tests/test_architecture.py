"""The rules of the house that no linter knows: STYLE §1, §2 and §4.1, SECURITY §6 row 20."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from tests import architecture as house

HTTP = {"django.http", "django.shortcuts", "django.urls", "django.contrib.messages"}
#: Our words for things; these say nothing.
EMPTY_NAMES = {"utils", "helpers", "common", "misc", "manager", "data", "info"}
#: Templates that Django or a package looks up by a name of its own.
LOOKED_UP = re.compile(
    r"(400|403|404|500)\.html|admin/.*|django/forms/.*|import_export/.*|registration/.*"
)
#: path__startswith outside unions/, each with its reason.
PREFIX_ELSEWHERE = {"audit/models.py"}  # lies below unions; callers hand it the path of their scope
SAFE_MARKUP = {
    "relief/lib/qr.py",  # segno draws the SVG from our own text
    "relief/lib/icons.py",  # our own icons, constants
}
SAFE_TEMPLATES = {"django/forms/field_help.html"}  # help texts are constants of our forms
CSRF_EXEMPT = {"relief/health.py"}  # the browser itself sends CSP reports
FORMATTED_SQL = {
    "audit/chain.py",  # column expressions are constants of the module
    "ledger/chain.py",  # columns are constants of the module
    "ledger/checks/truths.py",  # as above
    "ledger/models/sql.py",  # texts of triggers, constants of the module
    "relief/lib/grants.py",  # names of tables and roles are constants of the migrations
    "relief/lib/triggers.py",  # the text of a trigger; the table comes from the model
}
#: Services that take no `by`, each with its reason.
WITHOUT_BY = {
    "audit/services.py:record_event",  # takes the actor, for it records who that was
    "relief/jobs/services.py",  # lies below unions and knows users by their id only
    "beneficiaries/services/keys.py:withdraw_people",  # a part of undoing an import
    "beneficiaries/services/ledgers/columns.py:learn_columns",  # a part of writing an import
    "relief/codes/services.py",  # code lists are loaded by a command
}
#: Services with `by` that ask nobody, each with its reason.
WITHOUT_REQUIRE = {
    "beneficiaries/services/erasing_elsewhere.py:ask_elsewhere": "a part of erasing people",
    "beneficiaries/services/ledgers/forgetting.py:forget_people": "a part of erasing people",
    "beneficiaries/services/ledgers/group_decisions.py:mark_changed": "a part of writing",
    "beneficiaries/services/ledgers/receiving.py:discard": "a part of a job and of the night",
    "beneficiaries/services/ledgers/receiving.py:empty": "a part of a job and of the night",
    "beneficiaries/services/ledgers/receiving.py:start_job": "a part of other services",
    "beneficiaries/services/stepping.py:go": "a part of services that asked",
    "beneficiaries/services/stepping.py:send_change_to_review": "a part of services that asked",
    "beneficiaries/services/ledgers/staging.py:stage_rows": "the job that others start",
    "ledger/services/acts.py:begin": "a part of services that asked",
    "ledger/services/acts.py:write": "as above",
    "campaigns/services/standards.py:agree_to": "a part of services that asked",
    "unions/services/accounts.py:activate_account": "the own account",
    "unions/services/accounts.py:change_password": "the own account",
    "unions/services/accounts.py:end_own_session": "the own account",
    "unions/services/factors.py:bind_factor": "the own account",
    "unions/services/factors.py:offer_factor": "the own account",
    "unions/services/factors.py:renew_recovery_codes": "the own account",
    "unions/services/messages.py:notify": "a message changes nothing; the night leaves some, too",
    "unions/services/messages.py:read_messages": "the own messages",
    "unions/services/preferences.py:delete_filter": "the own filters",
    "unions/services/preferences.py:save_filter": "the own filters",
}
#: Every row, or every batch, is a step of its own, each with its reason.
NOT_ATOMIC = {
    "relief/jobs/services.py:note_done",  # one row, written after what it tells
    "relief/jobs/services.py:delete_expired",  # a file that is gone cannot be rolled back
    "beneficiaries/services/ledgers/reading.py:take_book",  # minutes of a job, kept at its end
    "beneficiaries/services/ledgers/staging.py:stage_rows",  # so that others see it get on
}
#: Modules that read beyond the scope of a posting, each with its reason.
READS_BEYOND = {
    "beneficiaries/duplicates.py": "whether a person is known anywhere; who asks learns no more",
    "beneficiaries/file_filters.py": "latest step of a file, joined to files that are visible",
    "beneficiaries/file_shown.py": "parts of a file that is visible",
    "beneficiaries/housekeeping.py": "run at night for everybody",
    "beneficiaries/ownership.py": "who owns a row decides what of it is visible",
    "beneficiaries/people_export.py": "keys and homes of people that are visible",
    "beneficiaries/people_filters.py": "parts of people that are visible",
    "beneficiaries/people_rows.py": "parts of people that are visible",
    "beneficiaries/publicity.py": "the rule of a union above holds below",
    "beneficiaries/registry_checks.py": "run by the operator, and at night",
    "beneficiaries/required.py": "parts of a file that is visible",
    "beneficiaries/standards_read.py": "the standards of all places are everybody's",
    "beneficiaries/union_panels.py": "of a union that is visible",
    "beneficiaries/waiting.py": "postings of files that are visible",
    "ledger/anchors.py": "run at night for everybody",
    "ledger/chain.py": "run at night for everybody",
    "ledger/checks/books.py": "run at night for everybody",
    "campaigns/which_standard.py": "rules of the unions above hold below",
    "ledger/open_matters.py": "of a campaign that is visible",
    "ledger/union_records.py": "of a union that is visible",
    "reports/demo.py": "run by the operator",
    "reports/demo_acting.py": "run by the operator",
    "reports/demo_files.py": "run by the operator",
    "reports/demo_ledgers.py": "run by the operator",
    "reports/demo_registry.py": "run by the operator",
    "reports/stories.py": "run by the operator",
    "unions/checks.py": "run by the operator",
    "unions/housekeeping.py": "run at night for everybody",
    "unions/lists/exports.py": "the posting that ordered the export",
    "unions/log_alarm.py": "run at night; tells the keepers of the log of all unions",
    "unions/mentioned.py": "what a file speaks of; the rows are judged against the own subtree",
    "unions/object_history.py": "the names of who acted stand in every log",
    "unions/scope.py": "the definition of the scope",
    "unions/second_factor.py": "the own postings",
    "unions/second_look.py": "of a union that is visible",
    "unions/sessions.py": "the session whose key the visitor holds",
    "unions/standing.py": "whether somebody also works outside the scope",
}
_SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT INTO|UPDATE\s.+\sSET|DELETE FROM|ALTER|GRANT)\b")


def _readers() -> list[Path]:
    """All of our code but what writes (and asks `require`) and what the operator runs."""
    left_out = {"models", "services", "management"}
    return [path for path in house.sources() if not {path.stem, *path.parts} & left_out]


def test_what_is_read_is_visible_to_who_asks() -> None:
    found = [place for path in _readers() for place in house.unscoped_reads(path)]
    assert [place for place in found if place.split(":")[0] not in READS_BEYOND] == []


def test_the_scope_test_sees_an_unscoped_read(tmp_path: Path) -> None:
    """Relative to the root a path stays itself when it is absolute."""
    view = tmp_path / "views.py"
    view.write_text(
        "Union.objects.get(pk=1)\n"
        "Union.objects.visible_to(staff).get(pk=1)\n"
        "Staff.objects.filter(union=1).visible_to(staff)\n"
        "model._default_manager.all()\n"
        "Staff.objects.live().of(user)\n"
        "Union.objects.of(user)\n"
        "Union.objects.none()\n"
        "Union.objects.filter(pk=1).none().union(Union.objects.all())\n"
    )
    lines = sorted(place.rpartition(":")[2] for place in house.unscoped_reads(view))
    assert lines == ["1 .objects", "4 ._default_manager", "6 .objects", "8 .objects", "8 .objects"]


def test_templates_never_ask_the_database() -> None:
    asking = re.compile(r"\.(?:all|count|first|last|exists)\b(?!\s*=)")
    accessors = house.reverse_accessors() | {"objects"}
    found = []
    for name, path in house.templates().items():
        for match in re.finditer(r"\{[{%].*?[%}]\}", path.read_text(encoding="utf-8")):
            asked = (rf"\.{accessor}{asking.pattern}" for accessor in accessors)
            found += [f"{name}: {match[0]}" for pattern in asked if re.search(pattern, match[0])]
    assert found == []


def _services() -> list[tuple[Path, ast.FunctionDef]]:
    return [
        (path, function)
        for path in house.layer("services")
        if path.name != "__init__.py" and path.name != "trail.py"
        for function in house.functions(path)
        if not function.name.startswith("_")
    ]


def test_services_are_atomic() -> None:
    found = [
        f"{path}:{function.name}"
        for path, function in _services()
        if _writes(function)
        and not any("transaction.atomic" in ast.unparse(d) for d in function.decorator_list)
    ]
    assert set(found) == NOT_ATOMIC


def test_services_ask_whether_it_is_allowed() -> None:
    """By `require…`, itself or in what it calls; who may act on the own account only need not."""
    called: dict[str, set[str]] = defaultdict(set)
    for path in [*house.layer("services"), Path("unions/standing.py")]:
        for function in ast.walk(house.tree(path)):
            if isinstance(function, ast.FunctionDef):
                called[function.name] |= {
                    ast.unparse(node.func).rpartition(".")[2]
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call)
                }

    def asks(name: str, seen: frozenset[str] = frozenset()) -> bool:
        inside = called.get(name, set())
        return any(inner.lstrip("_").startswith("require") for inner in inside) or any(
            asks(inner, seen | {name}) for inner in inside - seen - {name}
        )

    silent = {
        f"{path}:{function.name}"
        for path, function in _services()
        if path.stem != "granted"
        and "by" in {argument.arg for argument in function.args.kwonlyargs}
        and not asks(function.name)
    }
    assert silent - WITHOUT_REQUIRE.keys() == set()


def _writes(function: ast.FunctionDef) -> bool:
    writing = {"save", "update", "create", "delete", "bulk_create", "get_or_create"}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writing
        for node in ast.walk(function)
    )


def test_services_take_by_and_are_keyword_only() -> None:
    found = []
    for path, function in _services():
        is_check = not any("atomic" in ast.unparse(mark) for mark in function.decorator_list)
        if is_check or {str(path), f"{path}:{function.name}"} & WITHOUT_BY:
            continue
        if function.args.args or "by" not in {
            argument.arg for argument in function.args.kwonlyargs
        }:
            found.append(f"{path}:{function.name}")
    assert found == []


@pytest.mark.parametrize("path", [*house.layer("services"), *house.layer("models")], ids=str)
def test_services_and_models_know_no_http(path: Path) -> None:
    imported = {
        node.module
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not {name for name in imported if any(name.startswith(http) for http in HTTP)}


def test_only_unions_knows_how_a_path_is_compared() -> None:
    found = {
        str(path)
        for path in house.sources()
        if "path__startswith" in (house.ROOT / path).read_text(encoding="utf-8")
    }
    assert {path for path in found if not path.startswith("unions/")} <= PREFIX_ELSEWHERE


def test_every_template_is_used() -> None:
    unused = {
        name
        for name in house.templates().keys() - house.named_templates()
        if not LOOKED_UP.fullmatch(name)
    }
    assert unused == set()


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_constraints_and_indexes_carry_their_table(model: type[models.Model]) -> None:
    """In full, or as far as the 30 characters of an index name go."""
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    odd = [
        named.name
        for named in [*model._meta.constraints, *model._meta.indexes]
        if not named.name.startswith(prefix)
    ]
    assert odd == []


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_constraints_speak_to_people(model: type[models.Model]) -> None:
    silent = [
        constraint.name
        for constraint in model._meta.constraints
        if not re.search(r"[\u4e00-\u9fff]", str(constraint.violation_error_message))
    ]
    assert silent == []


#: Columns whose values the database does not know, each with its reason.
OPEN_CHOICES = {
    "beneficiaries.PossibleDouble.why",  # a view, which gives only these
    "audit.Event.action",  # grows with each release; its one service checks it
    "unions.PhoneFactor.digits",  # django-otp's own
    "beneficiaries.FilePublicity.follows",  # only two of its choices may stand there
}


def test_the_database_knows_the_values_of_every_choice() -> None:
    unknown = set()
    for model in house.our_models():
        if hasattr(model, "pgh_tracked_model"):
            continue  # history holds what the rows held
        conditions = " ".join(
            str(constraint.condition)
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        )
        for column in model._meta.concrete_fields:
            if column.choices and not _knows(conditions, column):
                unknown.add(f"{model._meta.label}.{column.name}")
    assert unknown == OPEN_CHOICES


def _knows(conditions: str, column: Any) -> bool:
    """A list of values for it stands in a constraint, and every one of its choices in some."""
    named = re.findall(rf"\('{column.name}(?:__in)?', (\[.*?\]|'.*?')\)", conditions)
    return {f"'{value}'" for value, _ in column.flatchoices if value} <= set(
        re.findall(r"'.*?'", " ".join(named))
    )


def test_files_stay_short() -> None:
    limits = [(path, 400) for path in house.sources()]
    limits += [(path, 600) for path in house.sources("tests")]
    long = {
        str(path): length
        for path, limit in limits
        if (length := len((house.ROOT / path).read_text(encoding="utf-8").splitlines())) > limit
    }
    assert long == {}


def test_names_say_something() -> None:
    found = [path for path in house.sources() if {path.stem, *path.parts} & EMPTY_NAMES]
    assert found == []


@pytest.mark.parametrize("path", house.layer("views"), ids=str)
def test_views_stay_short(path: Path) -> None:
    long = {
        function.name: length
        for function in house.functions(path)
        if (length := _lines(function)) > 25
    }
    assert long == {}


def _lines(function: ast.FunctionDef) -> int:
    """Without decorators and docstring."""
    has_docstring = ast.get_docstring(function) is not None
    first = function.body[1] if has_docstring and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - first.lineno + 2


def test_markup_is_escaped() -> None:
    code = {
        str(path)
        for path in house.sources()
        if re.search(r"\bmark_safe\b|SafeString\(", (house.ROOT / path).read_text(encoding="utf-8"))
    }
    marked = {
        name
        for name, path in house.templates().items()
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))
    }
    assert code - SAFE_MARKUP == set()
    assert marked - SAFE_TEMPLATES == set()


def test_nothing_is_exempt_from_csrf() -> None:
    found = {
        str(path)
        for path in house.sources()
        if "csrf_exempt" in (house.ROOT / path).read_text(encoding="utf-8")
    }
    assert found == CSRF_EXEMPT


def test_sql_is_never_put_together_from_text() -> None:
    found = {
        f"{path}"
        for path in house.sources()
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.JoinedStr) and _SQL.search(ast.unparse(node))
    }
    assert found - FORMATTED_SQL == set()


@pytest.mark.parametrize("app", ["unions", "beneficiaries", "ledger"])
def test_the_index_of_an_app_names_every_module(app):
    folder = house.ROOT / app
    index = (folder / "__init__.py").read_text("utf-8")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "apps", "urls"}
    assert [name for name in sorted(modules) if not re.search(rf"\b{name}\b", index)] == []
