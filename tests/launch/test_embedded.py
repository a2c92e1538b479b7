"""The embedded server on real folders: odd names, kills, two starts at once, closed homes."""

import fcntl
import os
import select
import signal
import stat
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from relief import embedded, roles
from relief.embedded import Server
from relief.starting import StartError

pytestmark = pytest.mark.launch
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another user")


@pytest.fixture
def server(tmp_path):
    """A server in a folder with a space and Chinese characters in its name."""
    server = Server(tmp_path / "区总工会 送温暖" / "var", durable=False)
    yield server
    server.stop()


def kill(server):
    """End the server as a power cut would, and wait until it is gone."""
    number = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    handle = os.pidfd_open(number)
    os.kill(number, signal.SIGKILL)
    select.select([handle], [], [])
    os.close(handle)


def test_starts_once_and_stops(server):
    assert server.ensure_running() is True
    assert server.ensure_running() is False
    assert server.stop() is True
    assert server.stop() is False
    assert not server.is_running()


def test_nobody_else_can_hold_the_lock_and_whoever_waits_is_told(server, monkeypatch):
    (server.var).mkdir(parents=True)
    path = server.var / "postgres.lock"
    path.touch(mode=0o644)  # as an earlier version made it
    monkeypatch.setattr(embedded, "_LOCK_SECONDS", 0.2)
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StartError, match=r"postgres\.lock"):
            server.ensure_running()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keeps_its_rows_through_a_kill(server):
    durable = Server(server.var)
    durable.ensure_running()
    with durable.connect("relief", user=roles.OWNER) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS number")
    kill(durable)
    assert durable.ensure_running() is True
    with durable.connect("relief", user=roles.APP) as app:
        assert app.execute("SELECT number FROM kept").fetchone() == (1,)


def test_starts_beside_a_lock_file_of_another_program(server):
    server.ensure_running()
    kill(server)
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.ensure_running() is True


@pytest.mark.parametrize("left", [b"", b"\0" * 40, "乱".encode("gbk")])
def test_starts_beside_a_lock_file_that_a_full_disk_left(server, left):
    server.ensure_running()
    kill(server)
    (server.data / "postmaster.pid").write_bytes(left)
    assert server.ensure_running() is True


def test_two_commands_at_once_start_one_server(server):
    with ThreadPoolExecutor(2) as both:
        started = list(both.map(lambda _: server.ensure_running(), range(2)))
    assert sorted(started) == [False, True]


def test_half_made_data_folder_is_made_anew(server):
    half = server.var / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert server.ensure_running() is True
    assert not half.exists()


@needs_root
def test_works_below_a_closed_home_of_root(server):
    home = server.var.parent
    home.mkdir()
    home.chmod(0o700)
    assert server.ensure_running() is True
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert server.data.stat().st_uid != 0


@needs_root
def test_server_keeps_the_owner_of_its_data(server, monkeypatch):
    """Data that an ordinary user made are not taken over by a later start as root."""
    server.ensure_running()
    server.stop()
    owner = server.data.stat().st_uid
    monkeypatch.setattr("relief.unprivileged.SYSTEM_USERS", ("nobody",))
    again = Server(server.var, durable=False)
    assert again.ensure_running() is True
    assert again.account.pw_uid == owner
    assert again.stop() is True


def test_listens_on_a_private_socket_only(server):
    server.ensure_running()
    folder = server.socket_folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 107
    with server.connect("relief") as superuser:
        assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)


def test_socket_folder_of_somebody_else_is_refused(server):
    server.socket_folder.mkdir(mode=0o755)
    server.socket_folder.chmod(0o755)
    with pytest.raises(StartError, match="made by somebody else"):
        server.ensure_running()
    server.socket_folder.rmdir()


def test_nobody_else_reads_what_it_writes(server):
    server.ensure_running()
    writing = [server.var, server.log.parent, server.log, server.data]
    others = [stat.S_IMODE(path.stat().st_mode) & 0o066 for path in writing]
    assert others == [0, 0, 0, 0]


def test_encoding_and_checksums(server):
    server.ensure_running()
    query = "SELECT pg_encoding_to_char(encoding), datlocale FROM pg_database WHERE datname = %s"
    with server.connect("relief") as superuser:
        assert superuser.execute(query, ["relief"]).fetchone() == ("UTF8", "C.UTF-8")
        assert superuser.execute("SHOW data_checksums").fetchone() == ("on",)


def test_log_repeats_no_values(server):
    server.ensure_running()
    with server.connect("relief", user=roles.OWNER) as owner:
        owner.execute("CREATE TABLE person (number text UNIQUE)")
        owner.execute("INSERT INTO person VALUES (%s)", ["110101-canary"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO person VALUES (%s)", ["110101-canary"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO person VALUES ('110101-canary')")
    said = server.log.read_text()
    assert "person_number_key" in said
    assert "canary" not in said


#: What a role may not do; each is tried on a table of the owner.
REFUSED = [
    (roles.APP, "CREATE TABLE intruder ()"),
    (roles.APP, "CREATE TEMPORARY TABLE intruder ()"),
    (roles.APP, "TRUNCATE thing"),
    (roles.APP, "DROP TABLE thing"),
    (roles.APP, "SET ROLE relief_owner"),
    (roles.APP, "SELECT lo_create(0)"),
    (roles.READER, "INSERT INTO thing (name) VALUES ('a')"),
    (roles.READER, "CREATE TABLE intruder ()"),
    (roles.OWNER, "CREATE ROLE intruder"),
]


def test_roles_have_what_they_need_and_no_more(server):
    server.ensure_running()
    with server.connect("relief") as superuser:
        rights = superuser.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
            " FROM pg_roles WHERE rolname = ANY (%s) ORDER BY rolname",
            [list(roles.ALL)],
        ).fetchall()
    assert rights == [(name, True, False, False, False, False) for name in sorted(roles.ALL)]
    with server.connect("relief", user=roles.OWNER) as owner:
        owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    with server.connect("relief", user=roles.APP) as app:
        app.execute("INSERT INTO thing (name) VALUES ('a')")
        app.execute("UPDATE thing SET name = 'b'")
    with server.connect("relief", user=roles.READER) as reader:
        assert reader.execute("SELECT name FROM thing").fetchone() == ("b",)
    for role, statement in REFUSED:
        with (
            server.connect("relief", user=role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
