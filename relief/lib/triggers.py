"""Triggers that the application's own database role cannot switch off.

django-pgtrigger's function begins with an escape: when the session variable `pgtrigger.ignore`
names a trigger, it does nothing. Any role may set that variable, so it would be a back door into
every append-only table. `GuardSql` leaves the escape out, runs as the owner of the table
(SECURITY DEFINER) and fixes the search path.
Source: DESIGN §8.2 (docs/decisions/0004-audit.md).
"""

from typing import Any

import pgtrigger
import pgtrigger.migrations
from django.db.migrations.state import ProjectState
from pghistory import core as pghistory_core
from pghistory import trigger as pghistory_trigger
from pgtrigger import compiler


class AddTrigger(pgtrigger.migrations.AddTrigger):
    """pgtrigger's own, without rendering all related models anew: a trigger is no part of them.

    With 150 triggers that took half of a first `migrate`.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class GuardSql(compiler.UpsertTriggerSql):
    """Version 1 of the template; migrations refer to it, so it may never change."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;
            REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Guard(pgtrigger.Trigger):
    """A trigger with a body of our own, compiled through `GuardSql`."""

    def compile(self, model: Any) -> compiler.Trigger:
        compiled = super().compile(model)
        kwargs = dict(compiled.sql.kwargs)
        kwargs.pop("ignore_func_name", None)
        kwargs["table"] = model._meta.db_table
        return compiler.Trigger(name=compiled.name, sql=GuardSql(**kwargs))


class AppendOnly(Guard):
    """Refuses UPDATE and DELETE of every row, whoever asks."""

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("name", "append_only")
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        return f"RAISE EXCEPTION 'append-only: {table}' USING ERRCODE = '23R01';"


class NoTruncate(Guard):
    """Refuses TRUNCATE, also of the owner; only the test suite silences it (tests/database.py)."""

    when = pgtrigger.Before
    level = pgtrigger.Statement
    operation = pgtrigger.Truncate

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("name", "no_truncate")
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        return f"RAISE EXCEPTION 'append-only: {table}' USING ERRCODE = '23R01';"


class NeverDelete(Guard):
    """Refuses DELETE: rows that are closed, ended or disabled instead."""

    when = pgtrigger.Before
    operation = pgtrigger.Delete

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("name", "never_deleted")
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        return f"RAISE EXCEPTION 'never deleted: {table}' USING ERRCODE = '23R02';"


class GuardEvent(pghistory_trigger.Event, Guard):
    """Writes a history row as the table's owner: the app role itself may only read history."""

    def get_func(self, model: Any) -> Any:
        """Once for each statement, whatever number of rows it brought: all in one INSERT.

        pghistory's own asks a function for a context row, which ours have no use for.
        """
        func = super().get_func(model)  # type: ignore[no-untyped-call]  # pghistory's own
        if self.level != pgtrigger.Statement:
            return func
        written = str(func.func)
        before, _, rest = written.partition("INSERT INTO ")
        columns, _, source = rest.partition(" FROM ( SELECT new_values.* FROM {cond_new_values} )")
        if "_pgh_attach_context" not in before or not source:
            raise NotImplementedError(written)
        return f"INSERT INTO {columns} FROM new_values; RETURN NULL;"


class _GuardedTracker:
    """Makes a pghistory tracker register `GuardEvent` instead of pghistory's own trigger."""

    def add_event_trigger(self, event_model: Any) -> None:
        tracker: Any = self
        pgtrigger.register(
            GuardEvent(  # type: ignore[no-untyped-call]  # pghistory's own signature
                event_model=event_model,
                label=tracker.label,
                name=tracker.trigger_name,
                row=tracker.row,
                operation=tracker.operation,
                condition=tracker.condition,
                level=tracker.level,
            )
        )(event_model.pgh_tracked_model)


class InsertEvent(_GuardedTracker, pghistory_core.InsertEvent):
    #: A ledger brings ten thousand rows in one statement (docs/decisions/0024).
    level = pgtrigger.Statement


class UpdateEvent(_GuardedTracker, pghistory_core.UpdateEvent):
    pass


class DeleteEvent(_GuardedTracker, pghistory_core.DeleteEvent):
    pass
