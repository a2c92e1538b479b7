"""Between a form and a service: what the database says becomes a sentence on the form."""

import pytest
from django import forms
from django.db import IntegrityError, OperationalError, connection, transaction

from relief.lib.http import submit
from unions.models import Union, User


class NameForm(forms.Form):
    name = forms.CharField()


@pytest.mark.django_db(transaction=True)
def test_a_form_that_waits_too_long_for_somebody_else_says_so_and_keeps_what_was_typed(
    cast, app_login
):
    def rename(*, name):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            Union.objects.filter(pk=cast.unions["east"].pk).update(name=name)

    form = NameForm({"name": "新名称"})
    with app_login.transaction():
        app_login.execute("LOCK TABLE unions_union IN SHARE ROW EXCLUSIVE MODE")
        assert not submit(form, rename)
    assert "有人正在改同一处内容" in str(form.errors)
    assert form["name"].value() == "新名称"
    assert submit(NameForm({"name": "新名称"}), rename)


@pytest.mark.django_db
def test_a_value_that_was_taken_in_the_same_moment_is_said_beside_its_field(cast):
    def name_anew(*, name):
        with transaction.atomic():
            User.objects.create(username=name, full_name="米再来")

    form = forms.Form({})
    form.fields["username"] = forms.CharField(required=False)
    form.full_clean()
    assert not submit(form, lambda username: name_anew(name="mia"))
    assert form.errors == {"username": ["这个用户名已经有人用了。"]}


@pytest.mark.django_db
def test_a_pair_of_values_that_was_taken_in_the_same_moment_is_said_on_top(cast):
    def rename(*, name):
        with transaction.atomic():
            Union.objects.filter(pk=cast.unions["west"].pk).update(name=name)

    form = NameForm({"name": cast.unions["east"].name})
    assert not submit(form, rename)
    assert form.errors == {"__all__": ["同一上级下已经有同名机构。"]}


@pytest.mark.django_db
def test_a_row_that_no_rule_of_ours_foresaw_stays_loud(cast):
    def spoil(*, name):
        with transaction.atomic():
            Union.objects.filter(pk=cast.unions["west"].pk).update(name=" ")

    with pytest.raises(IntegrityError):
        submit(NameForm({"name": "x"}), spoil)


def test_what_the_service_returned_is_at_hand_and_nothing_is_done_too():
    done = submit(NameForm({"name": "x"}), lambda name: name.upper())
    assert done
    assert done.value == "X"
    assert submit(NameForm({"name": "x"}), lambda name: None)
    assert submit(NameForm({"name": ""}), lambda name: name) is None
    assert submit(NameForm(), lambda name: name) is None


def test_another_failure_of_the_database_stays_loud():
    def fail(*, name):
        raise OperationalError(name)

    with pytest.raises(OperationalError):
        submit(NameForm({"name": "x"}), fail)
