"""Keys, the ring and the blind index, without a database."""

from typing import Any

import pytest
from django.core.exceptions import FieldError
from hypothesis import given
from hypothesis import strategies as st

from beneficiaries.models import Beneficiary
from relief import env
from relief.lib.crypto import keys
from relief.lib.crypto.index import BlindIndex
from relief.lib.crypto.ring import KeyRing
from relief.lib.crypto.sealing import DataKey, SealError

OLD, NEW = (
    "old-secret-0123456789-abcdefghij-0123456789",
    "new-secret-9876543210-jihgfedcba-9876543210",
)
PLACE = "beneficiaries_beneficiary.id_number.0192"


@given(st.binary(max_size=200))
def test_a_value_comes_back_as_it_was(value: bytes) -> None:
    key = DataKey.new()
    assert key.open(key.seal(value, PLACE), PLACE) == value


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    key = DataKey.new()
    assert key.seal(b"110101", PLACE) != key.seal(b"110101", PLACE)


@pytest.mark.parametrize(
    "place",
    [
        "beneficiaries_beneficiary.id_number.0193",
        "beneficiaries_beneficiary.phone.0192",
        "beneficiaries_householdmember.id_number.0192",
    ],
    ids=["another row", "another column", "another table"],
)
def test_a_value_moved_elsewhere_does_not_open(place: str) -> None:
    key = DataKey.new()
    with pytest.raises(SealError):
        key.open(key.seal(b"110101", PLACE), place)


@pytest.mark.parametrize("position", [0, 1, 13, -1], ids=["algorithm", "nonce", "text", "tag"])
def test_a_changed_byte_is_noticed(position: int) -> None:
    key = DataKey.new()
    sealed = bytearray(key.seal(b"110101", PLACE))
    sealed[position] ^= 1
    with pytest.raises(SealError):
        key.open(bytes(sealed), PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(20)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealError):
        DataKey.new().open(sealed, PLACE)


def test_another_key_does_not_open() -> None:
    sealed = DataKey.new().seal(b"110101", PLACE)
    with pytest.raises(SealError):
        DataKey.new().open(sealed, PLACE)


def test_the_ring_wraps_with_its_first_key_and_unwraps_with_all() -> None:
    key, before = DataKey.new(), KeyRing([OLD])
    sealed, wrapped = key.seal(b"110101", PLACE), before.wrap(key, PLACE)
    after = KeyRing([NEW, OLD])
    assert after.current != before.current
    assert after.unwrap(wrapped, before.current, PLACE).open(sealed, PLACE) == b"110101"
    again = after.wrap(key, PLACE)
    assert KeyRing([NEW]).unwrap(again, after.current, PLACE).open(sealed, PLACE) == b"110101"
    with pytest.raises(SealError):
        KeyRing([NEW]).unwrap(wrapped, before.current, PLACE)
    with pytest.raises(SealError):
        after.unwrap(again, after.current, "another person")


def test_a_key_shows_itself_to_nobody() -> None:
    key = DataKey(b"k" * 32)
    assert "kkkk" not in f"{key!r} {key}"
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize(
    "spelling",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'110105 19491231\u200b002X\xa0",
    ],
)
def test_all_spellings_of_a_number_have_one_index(spelling: str) -> None:
    index = BlindIndex(OLD, "id_number")
    assert index.of(spelling) == index.of("11010519491231002X")


def test_the_index_tells_kinds_secrets_and_numbers_apart() -> None:
    seen = {
        BlindIndex(secret, kind).of(number)
        for secret in (OLD, NEW)
        for kind in ("id_number", "phone")
        for number in ("13800000000", "13800000001")
    }
    assert len(seen) == 8
    assert all(index and len(index) == 16 for index in seen)


def test_nothing_has_no_index() -> None:
    assert BlindIndex(OLD, "phone").of(" - ") is None


@pytest.mark.parametrize("lookup", ["exact", "in", "contains", "gt"])
def test_a_sealed_column_cannot_be_searched(lookup: str) -> None:
    value = [b"x"] if lookup == "in" else b"x"
    with pytest.raises(FieldError, match="blind index"):
        Beneficiary.objects.filter(**{f"phone__{lookup}": value})


@pytest.fixture
def fresh_secrets() -> Any:
    keys.forget()
    yield
    keys.forget()


@pytest.mark.usefixtures("fresh_secrets")
class TestSecrets:
    def test_the_newest_comes_first_and_the_old_ones_stay(self, settings: Any) -> None:
        settings.DATA_KEYS, settings.INDEX_KEY = (
            f"{NEW}, {OLD}",
            "an-index-key-0123456789-abcdefghij-01234567",
        )
        keys.refuse_without_secrets()
        assert keys.ring().current == KeyRing([NEW]).current

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("DATA_KEYS", "short", "DATA_KEYS is too weak"),
            ("DATA_KEYS", f"{NEW},{'ab' * 30}", "DATA_KEYS is too weak"),
            ("INDEX_KEY", NEW, "INDEX_KEY may not be one of DATA_KEYS"),
        ],
    )
    def test_weak_or_double_secrets_stop_the_start(
        self, settings: Any, name: str, value: str, said: str
    ) -> None:
        settings.DATA_KEYS, settings.INDEX_KEY = NEW, "an-index-key-0123456789-abcdefghij-01234567"
        setattr(settings, name, value)
        with pytest.raises(env.SettingError, match=said):
            keys.refuse_without_secrets()
