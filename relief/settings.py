"""One settings file for every place; what differs comes from the environment (.env.example)."""

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

from csp.constants import NONE, SELF
from pghistory.config import ForeignKey

from relief import database, env
from relief.starting import explained, private_folder

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("RELIEF_VAR", BASE_DIR / "var")

# --- Where we are ---------------------------------------------------------------------------
#: Without DATABASE_URL the system runs on its embedded server: a desk, a test, one office PC.
IS_EMBEDDED = database.is_embedded()
ENVIRONMENT = env.choice(
    "RELIEF_ENV", {"development", "production"}, "development" if IS_EMBEDDED else "production"
)
IS_PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("RELIEF_DEBUG", default=False)
if DEBUG and IS_PRODUCTION:
    raise env.SettingError(
        "正式环境不能打开 RELIEF_DEBUG。", "RELIEF_DEBUG may not be on in production."
    )


def _secret(name: str, file_name: str) -> str:
    """The secret from the environment; in development one that is made once and kept in var/."""
    value = env.text(name)
    if value and (len(value) < 40 or len(set(value)) < 10):
        raise env.SettingError(*env.weak(name))
    if value:
        return value
    if IS_PRODUCTION:
        raise env.SettingError(
            f"没有设置 {name}，正式环境要用自己的密钥。",
            f"{name} is not set. Production starts with secrets of its own only.",
        )
    path = VAR_DIR / "secrets" / file_name
    with explained():
        if not path.exists():
            _make_once(path)
        return path.read_text(encoding="ascii").strip()


def _make_once(path: Path) -> None:
    """Whole or not at all: two processes that start together must go on with the same secret."""
    private_folder(VAR_DIR)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as draft:
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)


SECRET_KEY = _secret("SECRET_KEY", "secret_key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
#: Wrap the data key of each person, the newest first; and the key of the blind index.
DATA_KEYS = _secret("DATA_KEYS", "data_keys")
INDEX_KEY = _secret("INDEX_KEY", "index_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if IS_PRODUCTION else "127.0.0.1,localhost,[::1]")
if not ALLOWED_HOSTS:
    raise env.SettingError(
        "没有设置 ALLOWED_HOSTS，请填写访问用的主机名，用逗号隔开。",
        "ALLOWED_HOSTS is not set: the host names staff type, comma-separated.",
    )
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# --- Applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "reports",
    "outreach",
    "disbursements",
    "ledger",
    "campaigns",
    "beneficiaries",
    "unions",
    "audit",
    "relief.jobs",
    "relief.codes",
    "relief",
    "relief.apps.ReliefAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "django_filters",
    "import_export",
    "pgtrigger",
    "pghistory",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "relief.lib.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "relief.lib.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "unions.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "relief.lib.bodies.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "unions.middleware.StaffMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "audit.middleware.AuditMiddleware",
    "relief.lib.wrong_method.WrongMethodMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "relief.urls"
WSGI_APPLICATION = "relief.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "relief.lib.templatetags.formats",
                "relief.lib.templatetags.components",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unions.shell.shell",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------
DATABASE_ROLE = env.choice("RELIEF_DATABASE_ROLE", {"owner", "app", "reader"}, "app")
DATABASES = {"default": database.connection_for(DATABASE_ROLE)}
if env.text("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = database.connection_for("reader")
#: What reports/queries.py reads from.
REPORTS_DATABASE = "replica" if "replica" in DATABASES else "default"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- History by trigger (docs/decisions/0004-audit.md) ----------------------------------------
PGTRIGGER_INSTALL_ON_MIGRATE = False
PGTRIGGER_MIGRATIONS = True
#: History is read by the row it is of; an index for each of its references costs more than it.
PGHISTORY_FOREIGN_KEY_FIELD = ForeignKey(db_index=False)

# --- Who logs in ----------------------------------------------------------------------------
AUTH_USER_MODEL = "unions.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "unions.authentication.ActivationBackend",
    "unions.authentication.PasswordBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
#: asvs = length and a list of known bad ones; dengbao (等保) = also 3 of 4 kinds, 90 days, last 5.
PASSWORD_PROFILE = env.choice("PASSWORD_PROFILE", {"asvs", "dengbao"}, "asvs")
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "unions.passwords.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "unions.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "unions.passwords.KnownPasswordValidator"},
    {"NAME": "unions.passwords.PersonalWordsValidator"},
]
if PASSWORD_PROFILE == "dengbao":
    AUTH_PASSWORD_VALIDATORS += [
        {"NAME": "unions.passwords.KindsOfCharactersValidator", "OPTIONS": {"at_least": 3}},
        {"NAME": "unions.passwords.NotUsedBeforeValidator", "OPTIONS": {"last": 5}},
    ]
PASSWORD_MAX_AGE = timedelta(days=90) if PASSWORD_PROFILE == "dengbao" else None
ACTIVATION_CODE_AGE = timedelta(hours=72)
#: Role codes of unions.permissions.Role whose postings demand a second factor.
SECOND_FACTOR_ROLES = env.words("SECOND_FACTOR_ROLES")
OTP_TOTP_ISSUER = "送温暖管理平台"

AXES_HANDLER = "unions.failed_attempts.FieldlessHandler"
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "unions.authentication.locked_out"
AXES_USERNAME_CALLABLE = "unions.authentication.throttled_username"
AXES_IPWARE_PROXY_COUNT = env.whole("TRUSTED_PROXIES", 0)
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]
)
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 100
AXES_DISABLE_ACCESS_LOG = True

# --- Sessions and cookies ---------------------------------------------------------------------
#: HTTPS decides cookie prefix, Secure, HSTS and Clear-Site-Data (DESIGN §8.9).
HTTPS = env.flag("HTTPS", default=IS_PRODUCTION)
SESSION_ENGINE = "unions.sessions"
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
SESSION_COOKIE_AGE = 30 * 60
SESSION_ABSOLUTE_AGE = timedelta(hours=10)
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "relief.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
#: A dangerous act asks for the password again when the last time is longer ago.
REAUTHENTICATION_AGE = timedelta(minutes=5)

# --- Headers (SECURITY §2.4) --------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "report-uri": ["/csp-report/"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by supervisors on plain http
SECURE_SSL_REDIRECT = HTTPS and env.flag("HTTPS_REDIRECT", default=True)
if AXES_IPWARE_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # HSTS preload lists a public domain; intranet hosts must not be on it
]

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
#: Bytes of one uploaded file.
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
#: How large an uploaded workbook may be (DESIGN §8.7); all names in relief/lib/workbooks/limits.py.
WORKBOOK_LIMITS = {
    "file_bytes": UPLOAD_MAX_BYTES,
    "rows": 50_000,
    "spare_rows": 2_000,
    "cells": 2_000_000,
    "columns": 100,
    "sheets": 20,
    "expansion_bytes": 256 * 1024 * 1024,
    "memory_bytes": 1024 * 1024 * 1024,
    "cpu_seconds": 60,
    "wall_seconds": 90,
}
#: How large a photo or PDF about a person may be; all names in relief/lib/photos/limits.py.
PHOTO_LIMITS: dict[str, int] = {}
#: Calls per user: name → (how many, in how many seconds). Counted in PostgreSQL (unions.limits).
RATE_LIMITS = {
    "search": (120, 60),
    "look_up": (100, 3600),
    "export": (20, 3600),
    "reveal": (30, 3600),
    "paper": (300, 3600),
    "upload": (50, 86_400),
}
#: More decisions a minute than this are flagged for the auditor (SECURITY §5, 2.4.2).
APPROVALS_PER_MINUTE = 30

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
FORMAT_MODULE_PATH = ["formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.folder("RELIEF_STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
#: Uploads and results: never served by path, always through a view that checks rights.
MEDIA_ROOT = env.folder("RELIEF_FILES", VAR_DIR / "files")
ANCHOR_DIR = env.folder("RELIEF_ANCHORS", VAR_DIR / "anchors")
#: So long the file and the rows of a written ledger are kept; people and counts stay.
LEDGER_YEARS = env.whole("RELIEF_LEDGER_YEARS", 3)

#: Networks that may ask /readyz.
READINESS_NETWORKS = env.words("READINESS_NETWORKS", "127.0.0.0/8,::1/128")

# --- Background jobs ------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- Logs (SECURITY §7): JSON lines, no personal values -------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "relief.lib.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"level": "ERROR"},
        # Whoever calls us by a wrong name would fill the log with errors; each has its line as 400.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

IMPORT_EXPORT_USE_TRANSACTIONS = True
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
