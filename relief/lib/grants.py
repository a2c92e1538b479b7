"""What the app's database role may do with a table, as a migration operation.

By default the app role may select, insert, update and delete. An append-only table takes that
away, so a trigger that somebody disabled is not the only wall.
"""

from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from relief.roles import APP


class GrantToApp(Operation):
    """Leave the app role exactly `privileges` on the table, and nothing else."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, privileges: str) -> None:
        self.table = table
        self.privileges = privileges

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The state of the models does not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        self._grant(schema_editor, self.privileges)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        self._grant(schema_editor, "SELECT, INSERT, UPDATE, DELETE")

    def _grant(self, schema_editor: BaseDatabaseSchemaEditor, privileges: str) -> None:
        table = connection.ops.quote_name(self.table)
        schema_editor.execute(f"REVOKE ALL ON {table} FROM {APP}")
        schema_editor.execute(f"GRANT {privileges} ON {table} TO {APP}")

    def describe(self) -> str:
        return f"Let the app role only {self.privileges} on {self.table}"
