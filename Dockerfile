# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --require-hashes --requirement /tmp/base.txt
COPY . /app
WORKDIR /app
# The secrets that it makes for itself stay behind in this stage.
RUN RELIEF_VAR=/tmp/var RELIEF_STATIC_ROOT=/srv/static \
    /opt/venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RELIEF_ENV=production \
    RELIEF_VAR=/var/lib/relief \
    RELIEF_STATIC_ROOT=/srv/static \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin relief \
    && install -d -o relief -g relief -m 0750 /var/lib/relief
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /app /app
WORKDIR /app
# Code and static files belong to root: the app cannot rewrite itself.
USER relief
VOLUME /var/lib/relief
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=3); c.request('GET', '/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}); raise SystemExit(c.getresponse().status != 200)"]
CMD ["python", "-m", "gunicorn", "--config=python:relief.gunicorn", "relief.wsgi"]
