"""Who keeps the log sees that something happened to a record, never what stands in it."""

from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from beneficiaries.models import Beneficiary, HardshipFile
from tests.cast import PEOPLE, Cast
from unions.log_names import names_of
from unions.permissions import CAPABILITIES, Capability
from unions.scope import visible_rows
from unions.views.log_table import LOG

pytestmark = pytest.mark.django_db

READERS = [who for who in PEOPLE if Capability.READ_LOG in CAPABILITIES[PEOPLE[who][1]]]
OF_BUSINESS = sorted(
    tracked._meta.label
    for model in apps.get_models()
    if (tracked := getattr(model, "pgh_tracked_model", None)) is not None
    and tracked._meta.app_label not in {"unions", "codes"}
)


def may_read(who: str) -> bool:
    return Capability.READ_RECORDS in CAPABILITIES[PEOPLE[who][1]]


@pytest.mark.parametrize("who", READERS)
def test_the_history_of_a_file_is_for_readers_of_records(
    client: Any, cast: Cast, draft: HardshipFile, who: str
):
    cast.sign_in(client, who)
    page = client.get(reverse("log-object", args=["beneficiaries.HardshipFile", str(draft.pk)]))
    assert page.status_code == (200 if may_read(who) else 403)


@pytest.mark.parametrize("label", OF_BUSINESS)
def test_no_model_of_the_business_opens_for_the_audit_administrator(
    client: Any, cast: Cast, label: str
):
    cast.sign_in(client, "abe")
    assert client.get(reverse("log-object", args=[label, "1"])).status_code == 403
    model = apps.get_model(label)
    assert visible_rows(model, cast.people["abe"]).query.is_empty()


def test_the_log_leads_the_audit_administrator_to_no_record(
    client: Any, cast: Cast, draft: HardshipFile
):
    address = reverse("log-object", args=["beneficiaries.HardshipFile", str(draft.pk)])
    seen = {}
    for who in ("abe", "ada"):
        cast.sign_in(client, who)
        page = client.get(reverse("log-list"), {"action": "create"})
        seen[who] = address in page.text
        assert (f"困难档案 编号 {draft.pk}" in page.text) is (who == "abe")
    assert seen == {"abe": False, "ada": True}


def test_names_of_people_are_for_readers_of_records(cast: Cast, draft: HardshipFile):
    keys = [draft.person_id]
    assert names_of(cast.people["abe"], Beneficiary, keys) == {}
    assert names_of(cast.people["ada"], Beneficiary, keys) == {draft.person_id: "王桂兰"}
    assert LOG.rows(cast.people["abe"]).exists()
