import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from audit.anchors import anchor_breaks, write_anchor
from audit.chain import breaks
from audit.models import ChainHead, Event
from audit.services import Actor, record_event
from relief.jobs.registry import nightly_task
from tests.audit.attacker import as_superuser, run
from tests.cast import Cast
from unions.models import Message

pytestmark = pytest.mark.django_db

EAST = Actor(union_code="EAST")


@pytest.fixture(autouse=True)
def anchors(tmp_path: Path, settings: Any) -> Path:
    settings.ANCHOR_DIR = tmp_path / "锚"
    return Path(settings.ANCHOR_DIR)


@pytest.fixture
def log() -> None:
    for number in range(3):
        record_event(actor=EAST, action=Event.Action.CHANGE, details={"count": number})
    record_event(actor=Actor(), action=Event.Action.LOG_IN)


def rewrite_chain(chain: str) -> None:
    """What a superuser can do who knows the code: new content, all hashes and the head anew."""
    with as_superuser(silent=True):
        run("UPDATE audit_event SET reason = '改写' WHERE chain = %s AND seq = 1", [chain])
        last = ChainHead.objects.get(chain=chain).seq
        for seq in range(1, last + 1):
            run(
                "UPDATE audit_event SET previous_hash = coalesce((SELECT hash FROM audit_event"
                " WHERE chain = %s AND seq = %s), repeat('0', 64)) WHERE chain = %s AND seq = %s",
                [chain, seq - 1, chain, seq],
            )
            run(
                "UPDATE audit_event e SET hash = audit_event_hash(e) WHERE chain = %s AND seq = %s",
                [chain, seq],
            )
        run(
            "UPDATE audit_chainhead SET hash = (SELECT hash FROM audit_event"
            " WHERE chain = %s AND seq = %s) WHERE chain = %s",
            [chain, last, chain],
        )


def test_the_anchor_holds_the_head_of_every_chain(log: None):
    path = write_anchor(date(2026, 11, 22))
    assert path.name == "audit-2026-11-22.json"
    heads = {head.chain: [head.seq, head.hash] for head in ChainHead.objects.all()}
    assert json.loads(path.read_text(encoding="utf-8")) == heads
    assert {chain for chain, (seq, _) in heads.items() if seq} == {"EAST", "system"}


def test_a_day_is_anchored_once_and_the_next_day_anew(log: None):
    with time_machine.travel("2026-11-22T23:59:00+08:00", tick=False):
        first = write_anchor()
        before = first.read_bytes()
        record_event(actor=EAST, action=Event.Action.CHANGE)
        assert write_anchor() == first
    assert first.read_bytes() == before
    with time_machine.travel("2026-11-23T00:01:00+08:00", tick=False):
        second = write_anchor()
    assert second.name == "audit-2026-11-23.json"
    assert second.read_bytes() != before


def test_a_full_disk_leaves_no_half_anchor(
    log: None, anchors: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write_anchor(date(2026, 11, 22))
    assert not list(anchors.glob("*.json"))
    assert json.loads(write_anchor(date(2026, 11, 22)).read_text(encoding="utf-8"))
    assert [path.suffix for path in anchors.iterdir()] == [".json"]


def test_a_chain_rewritten_with_all_its_hashes_differs_from_the_anchor(
    log: None, anchors: Path, capsys: pytest.CaptureFixture[str]
):
    call_command("anchor_audit")
    rewrite_chain("EAST")
    assert list(breaks()) == [], "the chain alone cannot tell"
    assert [(single.chain, single.seq) for single in anchor_breaks(str(anchors))] == [("EAST", 3)]
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")  # reads ANCHOR_DIR without being told
    assert refusal.value.returncode == 1
    assert "EAST #3: differs from the anchor audit-" in capsys.readouterr().err


def test_anchors_of_another_folder_are_read_too_and_a_break_is_said_once(
    log: None, anchors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    copy = tmp_path / "elsewhere"
    write_anchor()
    shutil.copytree(anchors, copy)
    rewrite_chain("EAST")
    with pytest.raises(CommandError, match=r"1 chain\(s\) broken"):
        call_command("verify_audit", anchors=str(copy))
    shutil.rmtree(anchors)
    with pytest.raises(CommandError, match=r"1 chain\(s\) broken"):
        call_command("verify_audit", anchors=str(copy))
    call_command("verify_audit")


def test_a_break_is_found_at_night_and_every_audit_administrator_is_told(
    anchors: Path, cast: Cast, caplog: pytest.LogCaptureFixture
):
    record_event(actor=EAST, action=Event.Action.CHANGE)
    write_anchor()
    nightly_task("audit-verify").run()
    assert not Message.objects.exists()
    rewrite_chain("EAST")
    nightly_task("audit-verify").run()
    message = Message.objects.get()
    assert message.user == cast.accounts["abe"]
    assert "操作日志校验发现 1 处" in message.text
    assert "audit chain EAST #1: differs from the anchor" in caplog.text


def test_a_chain_cut_off_together_with_its_head_differs_from_the_anchor(log: None, anchors: Path):
    write_anchor()
    with as_superuser(silent=True):
        run("DELETE FROM audit_event WHERE chain = 'EAST' AND seq = 3")
        run(
            "UPDATE audit_chainhead SET seq = 2, hash = (SELECT hash FROM audit_event"
            " WHERE chain = 'EAST' AND seq = 2) WHERE chain = 'EAST'"
        )
    assert list(breaks()) == []
    assert [(single.chain, single.seq) for single in anchor_breaks(str(anchors))] == [("EAST", 3)]


def test_honest_growth_agrees_with_every_earlier_anchor(log: None, anchors: Path):
    for day in (20, 21, 22):
        write_anchor(date(2026, 11, day))
        record_event(actor=EAST, action=Event.Action.CHANGE)
        record_event(actor=Actor(union_code="NEW"), action=Event.Action.CREATE)
    assert anchor_breaks(str(anchors)) == []
    call_command("verify_audit", anchors=str(anchors))
