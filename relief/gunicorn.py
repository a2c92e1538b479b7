"""How gunicorn serves: threads, JSON logs, no second log of requests (the middleware writes one).

Start: python -m gunicorn --config python:relief.gunicorn relief.wsgi
"""

import os
import signal
import threading
from typing import Any

from gunicorn.http import wsgi

from relief import env
from relief.database_role import refuse_excess_rights

#: The response header Server names no product and no version.
wsgi.SERVER = "relief"
_host = env.text("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{env.port('PORT', 8000)}"
#: gthread whose threads never wait for a slow client.
worker_class = "relief.slow_clients.WholeRequestWorker"
#: Clients of one process at a time; beyond it, whoever has been waiting longest is let go.
worker_connections = 400
#: Every thread keeps one database connection: processes × threads must fit max_connections.
workers = env.whole("WEB_PROCESSES", 2)
threads = env.whole("WEB_THREADS", 8)
#: The code is loaded once and shared; a new version needs a restart, not a reload.
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
#: The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
#: Forwarded headers are judged by the settings (TRUSTED_PROXIES), never here.
forwarded_allow_ips = ""
control_socket_disable = True
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "relief.lib.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}


def on_starting(server: Any) -> None:
    refuse_excess_rights()


def post_worker_init(worker: Any) -> None:
    """End with the supervisor (relief.supervisor), however it ended.

    Its end of the pipe is closed by the system even after kill -9; reading then returns.
    """
    lifeline = env.whole("RELIEF_LIFELINE", 0)
    if not lifeline:
        return

    def wait() -> None:
        os.read(lifeline, 1)
        os.kill(worker.ppid, signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
