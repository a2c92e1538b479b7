"""How a person proves who they are. Every way goes through django-axes, which counts failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Max, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from audit.models import Event
from audit.services import Actor, record_event
from relief.lib.address import client_address
from unions.crowd import TooManyAtOnce, note_failure, seat
from unions.failed_attempts import kept_name
from unions.models import User
from unions.models.user import normalise_username
from unions.services.trail import actor_from

#: More failures than this within an hour, from anywhere, and the name has to wait between tries.
SLOW_DOWN_AFTER = 30
SLOW_DOWN_WINDOW = timedelta(hours=1)
SLOW_DOWN_WAIT = timedelta(seconds=5)
#: For so long an address from which somebody logged in counts as theirs.
KNOWN_ADDRESS = timedelta(days=30)
#: Names without an account that are noted for one address in an hour; more would fill the log.
STRANGERS_NOTED = 20
#: Parallel tries for one name from one address queue for so long; they hold seats meanwhile.
QUEUE = "1s"
CROWDED = "crowded"
SLOWED = "这个用户名最近多次登录失败，请等 5 秒再试。"
DISABLED = "这个账号已经停用，不能登录。需要时请找本单位或上级工会的管理员。"
#: Before the user name where codes are counted; no user name holds a blank.
ACTIVATION = "activation"


class MustWait(Exception):  # noqa: N818 (what it says, not an error of ours)
    """The name is being guessed, and somebody else was judged within the last seconds."""


class PasswordBackend(ModelBackend):
    """User name and password; the name is normalised before anything is looked up."""

    _disabled: User | None = None

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        user = super().authenticate(
            request, username=normalise_username(username), password=password
        )
        if request is not None and self._disabled is not None:
            request.disabled_account = self._disabled  # type: ignore[attr-defined]
        return user if isinstance(user, User) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Django asks this after the right password only: who gave it may know why it fails."""
        can = super().user_can_authenticate(user)
        self._disabled = None if can else user
        return can


class ActivationBackend:
    """User name and one-time activation code: good for setting the first password, nothing else."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, code: str | None = None
    ) -> User | None:
        if username is None or code is None:
            return None
        user = User.objects.filter(username=normalise_username(username), is_active=True).first()
        if user is None or not user.is_awaiting_activation():
            make_password(code)  # the same work as below: the answer takes as long
            return None
        return user if check_password(tidy_code(code), user.activation_hash) else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id).first()


def tidy_code(typed: str) -> str:
    """The code as issued, whatever blanks, dashes and case were typed."""
    return "".join(typed.split()).replace("-", "").upper()


def throttled_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """The name axes counts under: one spelling, or every blank would start a new counter.

    Codes are counted apart: an activation slip is the way out for whom wrong passwords locked.
    """
    name = typed_username(request, credentials)
    return kept_name(f"{ACTIVATION} {name}" if _is_activation(request) else name)


def typed_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    typed = (credentials or {}).get("username")
    if typed is None and request is not None:
        typed = request.POST.get("username")
    return normalise_username(str(typed or "").replace("\0", ""))  # PostgreSQL takes no NUL


def forget_failures(user: User) -> None:
    """Whoever has just proved who they are by a code may use the new password at once."""
    for name in (user.username, f"{ACTIVATION} {user.username}"):
        AxesProxyHandler.reset_attempts(username=kept_name(name))


def _is_activation(request: HttpRequest | None) -> bool:
    return request is not None and request.path == reverse("activation")


def must_wait(request: HttpRequest, username: str) -> bool:
    """Whether guesses from many addresses slow this name down; nobody is ever locked out by it.

    An address that the account lately logged in from does not wait: a stranger who goes on guessing
    would keep the owner out.
    """
    name = normalise_username(username)
    times = list(
        _failures(name)
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)[:SLOW_DOWN_AFTER]
    )
    is_slow = len(times) == SLOW_DOWN_AFTER and timezone.now() - times[0] < SLOW_DOWN_WAIT
    return is_slow and not _is_at_home(request, name)


def _failures(name: str) -> QuerySet[AccessFailureLog]:
    """Of the last hour, from anywhere."""
    found: QuerySet[AccessFailureLog] = AccessFailureLog.objects.filter(
        username=kept_name(name), attempt_time__gte=timezone.now() - SLOW_DOWN_WINDOW
    )
    return found


def _is_at_home(request: HttpRequest, name: str) -> bool:
    came_in = Event.objects.filter(
        action=Event.Action.LOG_IN,
        address=client_address(request),
        at__gte=timezone.now() - KNOWN_ADDRESS,
    )
    return came_in.filter(actor_id__in=User.objects.filter(username=name).values("pk")).exists()


@contextmanager
def one_at_a_time(request: HttpRequest, username: str) -> Iterator[None]:
    """Parallel tries for one name from one address queue up, or all would be judged by one count.

    The second click of a double click waits for the first. The count of axes and the audit event
    are one transaction. For a name that is being guessed all addresses are one queue, in which each
    asks once more whether it must wait: otherwise all that come in one moment would be judged.
    Raises TooManyAtOnce when the queue is longer than QUEUE, MustWait.
    """
    name = normalise_username(username)
    with transaction.atomic():
        _queue_at(f"log-in {name} {client_address(request)}")
        if _failures(name).count() >= SLOW_DOWN_AFTER and not _is_at_home(request, name):
            _queue_at(f"log-in {name}")
            if must_wait(request, name):
                raise MustWait
        yield


def _queue_at(door: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [QUEUE])
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [door])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise TooManyAtOnce from error
        raise


def proven(
    request: HttpRequest,
    form: BaseForm,
    wrong: str | dict[str, str],
    *,
    username: str,
    **secret: str,
) -> User | None:
    """The account whose password or code was given.

    A wrong one is counted, written down, and `wrong` said on the form. In a crowd none is judged.
    """
    try:
        with seat(client_address(request)), one_at_a_time(request, username):
            user = authenticate(request, username=username, **secret)
            if isinstance(user, User):
                return user
            record_failure(request, username, Event.Action.LOG_IN_FAILED)
            note_failure(client_address(request))
    except MustWait:
        form.add_error(None, SLOWED)
        return None
    except TooManyAtOnce:
        form.add_error(None, ValidationError("同时验证密码的人太多，请等几秒再试。", code=CROWDED))
        return None
    form.add_error(None, DISABLED if hasattr(request, "disabled_account") else wrong)
    return None


def status_of(form: BaseForm) -> int:
    """429 for a page that tells its reader to wait for others, 200 for any other form."""
    return 429 if form.has_error(NON_FIELD_ERRORS, CROWDED) else 200


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None, *_: Any
) -> HttpResponse:
    """What a person sees after five wrong tries: how long, and what still works."""
    # Only the try that locked: those during the lock would let anybody fill the log from outside.
    if getattr(request, "axes_failures_since_start", None) is not None:
        name = typed_username(request, credentials)
        record_failure(request, name, Event.Action.LOCKED_OUT)
    context = {
        "minutes": _minutes_left(request, credentials),
        "is_activation": _is_activation(request),
    }
    return render(request, "unions/locked_out.html", context, status=429)


def _minutes_left(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """Whole minutes until the next try, never none."""
    whole: timedelta = settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        username=throttled_username(request, credentials), ip_address=client_address(request)
    )
    last = attempts.aggregate(last=Max("attempt_time"))["last"]
    left = whole if last is None else last + whole - timezone.now()
    return max(1, ceil(left / timedelta(minutes=1)))


def record_failure(request: HttpRequest, username: str, action: Event.Action) -> None:
    """Log a refused log-in under the account it was meant for; what was typed is never kept."""
    user = User.objects.filter(username=normalise_username(username)).first()
    if user is None and _has_tried_many(request):
        return
    record_event(
        actor=actor_of_account(user), action=action, about=user, result=Event.Result.REFUSED
    )


def _has_tried_many(request: HttpRequest) -> bool:
    failures = AccessFailureLog.objects.filter(
        ip_address=client_address(request), attempt_time__gte=timezone.now() - SLOW_DOWN_WINDOW
    )
    return bool(failures.count() > STRANGERS_NOTED)


def actor_of_account(user: User | None) -> Actor:
    return actor_from(user) if user is not None else Actor()
