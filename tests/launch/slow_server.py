"""gunicorn as the system runs it, with one process of four threads and an application that tells.

PORT says where: gunicorn --config python:tests.launch.slow_server tests.launch.slow_server
"""

import time

from relief import gunicorn as own

#: The settings of the system, without its database and its supervisor.
LEFT_OUT = {"on_starting", "post_worker_init", "workers", "threads"}
globals().update(
    {name: value for name, value in vars(own).items() if name[0] != "_" and name not in LEFT_OUT}
)
workers = 1
threads = 4


def application(environ, start_response):
    """Answers with how many bytes of body there were; /refuse reads none, /sleep takes a second."""
    path = environ["PATH_INFO"]
    read = 0
    if path == "/sleep":
        time.sleep(1)
    if path != "/refuse":
        while piece := environ["wsgi.input"].read(65536):
            read += len(piece)
    said = {"/large": b"x" * 300_000}.get(path, str(read).encode())
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]
