"""Bodies of the triggers that keep balances, commitments and chains.

They run as the owner of the tables, after each statement, over all rows it added: a batch of two
thousand lines changes one balance once. Rows are taken in the order of their keys, so that two
statements never wait for each other crosswise; services lock the unions before (locking.py).
"""

from typing import Final

import pgtrigger

#: What the triggers call the rows that a statement added.
ADDED: Final = pgtrigger.Referencing(new="added")  # type: ignore[no-untyped-call]  # pgtrigger's own

#: Columns of an entry in the order they are hashed, as SQL over the row `a`. A change needs a
#: column that says by which version a row was hashed.
HASHED: Final = (
    ("id", "a.id::text"),
    ("union_id", "a.union_id::text"),
    ("link", "a.link::text"),
    (
        "recorded_at",
        """to_char(a.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    ),
    ("kind", "a.kind"),
    ("posting_id", "a.posting_id::text"),
    ("fund_id", "a.fund_id::text"),
    ("to_union_id", "a.to_union_id::text"),
    ("item_id", "a.item_id::text"),
    ("lot_id", "a.lot_id::text"),
    ("amount", "a.amount::text"),
    ("quantity", "a.quantity::text"),
    ("is_unpriced", "a.is_unpriced::text"),
    ("reverses_id", "a.reverses_id::text"),
    ("donation_id", "a.donation_id::text"),
    ("commitment_id", "a.commitment_id::text"),
    ("occurred_on", "to_char(a.occurred_on, 'YYYY-MM-DD')"),
    ("is_backfilled", "a.is_backfilled::text"),
    ("subject", "a.subject"),
    ("voucher_number", "a.voucher_number"),
    ("note", "a.note"),
    ("recorded_by_id", "a.recorded_by_id::text"),
)


def _netstring(value: str) -> str:
    """`3:abc,` for the text, `-` for none: no two rows give the same."""
    return f"coalesce(octet_length({value}) || ':' || {value} || ',', '-')"


_ROW = "\n            || ".join(_netstring(expression) for _, expression in HASHED)
_HEADER = " || ".join(
    _netstring(value)
    for value in ("want.union_id::text", "want.link::text", "previous", "want.n::text")
)

#: Before each row. The key comes from the sequence and the moment from the clock, whatever was
#: sent; the head of the union is locked, so entries of one union stand in one order.
STAMP: Final = """
    PERFORM 1 FROM unions_union WHERE id = NEW.union_id FOR KEY SHARE;
    SELECT seq INTO last FROM ledger_head WHERE union_id = NEW.union_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO ledger_head (union_id, seq, hash) VALUES (NEW.union_id, 0, repeat('0', 64))
            ON CONFLICT DO NOTHING;
        SELECT seq INTO last FROM ledger_head WHERE union_id = NEW.union_id FOR UPDATE;
    END IF;
    NEW.id := nextval(pg_get_serial_sequence('ledger_entry', 'id'));
    NEW.recorded_at := clock_timestamp();
    NEW.link := last + 1;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO original FROM ledger_entry WHERE id = NEW.reverses_id;
        IF NOT FOUND OR original.reverses_id IS NOT NULL
            OR (original.kind, original.union_id, original.to_union_id, original.fund_id,
                original.item_id, original.lot_id, original.amount, original.quantity,
                original.is_unpriced, original.donation_id, original.commitment_id,
                original.subject)
            IS DISTINCT FROM
               (NEW.kind, NEW.union_id, NEW.to_union_id, NEW.fund_id,
                NEW.item_id, NEW.lot_id, NEW.amount, NEW.quantity,
                NEW.is_unpriced, NEW.donation_id, NEW.commitment_id, NEW.subject)
        THEN
            RAISE EXCEPTION 'a reversal mirrors its entry' USING ERRCODE = '23R21';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.kind = 'allot' AND NOT EXISTS (
            SELECT FROM unions_union WHERE id = NEW.to_union_id AND parent_id = NEW.union_id)
        OR NEW.kind = 'return' AND NOT EXISTS (
            SELECT FROM unions_union WHERE id = NEW.union_id AND parent_id = NEW.to_union_id)
    THEN
        RAISE EXCEPTION 'not directly below' USING ERRCODE = '23R22';
    END IF;
    IF NEW.lot_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM ledger_lot WHERE id = NEW.lot_id AND item_id = NEW.item_id)
    THEN
        RAISE EXCEPTION 'a lot of other goods' USING ERRCODE = '23R23';
    END IF;
    IF NEW.commitment_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM ledger_commitment c WHERE c.id = NEW.commitment_id
            AND (c.union_id, c.fund_id, c.item_id, c.lot_id)
                IS NOT DISTINCT FROM (NEW.union_id, NEW.fund_id, NEW.item_id, NEW.lot_id))
    THEN
        RAISE EXCEPTION 'another commitment' USING ERRCODE = '23R24';
    END IF;
    RETURN NEW;
"""

_PARTS: Final = (
    "received",
    "purchased",
    "allotted_in",
    "allotted_out",
    "returned_in",
    "returned_out",
    "disbursed",
    "written_off",
)
_SUMS = ",\n               ".join(
    f"coalesce(sum(m.x) FILTER (WHERE m.part = '{part}'), 0) AS {part}" for part in _PARTS
)
_ADD = ",\n            ".join(f"{part} = {part} + want.{part}" for part in _PARTS)

#: Lines for what an entry changes: the union's own sum, the money of a purchase, the union on the
#: other side. A reversal changes the same by as much less.
_MOVES = """
            CROSS JOIN LATERAL (SELECT
                CASE WHEN a.reverses_id IS NULL THEN 1 ELSE -1 END AS sign,
                CASE WHEN a.item_id IS NULL THEN a.amount ELSE a.quantity END AS size) s
            CROSS JOIN LATERAL (VALUES
                (a.union_id, a.item_id, a.lot_id,
                 CASE a.kind WHEN 'receive' THEN 'received' WHEN 'purchase' THEN 'purchased'
                     WHEN 'allot' THEN 'allotted_out' WHEN 'return' THEN 'returned_out'
                     WHEN 'disburse' THEN 'disbursed' ELSE 'written_off' END,
                 s.sign * s.size,
                 CASE WHEN a.commitment_id IS NULL THEN 0 ELSE s.sign * s.size END),
                (CASE WHEN a.kind = 'purchase' THEN a.union_id END, NULL, NULL,
                 'purchased', s.sign * a.amount, 0),
                (a.to_union_id, a.item_id, a.lot_id,
                 CASE a.kind WHEN 'allot' THEN 'allotted_in' ELSE 'returned_in' END,
                 s.sign * s.size, 0)
            ) m(union_id, item_id, lot_id, part, x, committed)
            WHERE m.union_id IS NOT NULL
"""
_SUMS_OF: Final = f"""
        SELECT m.union_id, a.fund_id, m.item_id, m.lot_id,
               {_SUMS},
               sum(m.committed) AS spent_commitment,
               sum(CASE WHEN m.part IN ('received', 'allotted_in', 'returned_in')
                        OR m.part = 'purchased' AND m.item_id IS NOT NULL
                   THEN m.x ELSE -m.x END) AS there
        FROM added a {_MOVES}
        GROUP BY m.union_id, a.fund_id, m.item_id, m.lot_id
        ORDER BY m.union_id, a.fund_id, m.item_id NULLS FIRST, m.lot_id NULLS FIRST
"""  # noqa: S608 (constants of this module)

#: After each statement: what was promised, then the balances (each meets its CHECK), then the
#: links of the chains. A release takes its rows in the same order.
KEEP_SUMS: Final = f"""
    FOR want IN
        SELECT a.commitment_id, sum(CASE WHEN a.reverses_id IS NULL THEN 1 ELSE -1 END
            * CASE WHEN a.item_id IS NULL THEN a.amount ELSE a.quantity END) AS size
        FROM added a WHERE a.commitment_id IS NOT NULL
        GROUP BY a.commitment_id ORDER BY a.commitment_id
    LOOP
        UPDATE ledger_commitmentleft SET remaining = remaining - want.size
            WHERE commitment_id = want.commitment_id;
    END LOOP;
    FOR want IN {_SUMS_OF}
    LOOP
        UPDATE ledger_balance SET
            there = there + want.there,
            committed = committed - want.spent_commitment,
            {_ADD}
        WHERE union_id = want.union_id AND fund_id = want.fund_id
            AND coalesce(item_id, 0) = coalesce(want.item_id, 0)
            AND coalesce(lot_id, 0) = coalesce(want.lot_id, 0);
        IF NOT FOUND THEN
            INSERT INTO ledger_balance AS b (union_id, fund_id, item_id, lot_id, there, committed,
                {", ".join(_PARTS)})
            VALUES (want.union_id, want.fund_id, want.item_id, want.lot_id, want.there, 0,
                {", ".join(f"want.{part}" for part in _PARTS)})
            ON CONFLICT (union_id, fund_id, coalesce(item_id, 0), coalesce(lot_id, 0))
            DO UPDATE SET there = b.there + excluded.there,
                {", ".join(f"{part} = b.{part} + excluded.{part}" for part in _PARTS)};
        END IF;
    END LOOP;
    FOR want IN
        SELECT a.union_id, a.link, count(*) AS n, min(a.id) AS first_id, max(a.id) AS last_id,
            string_agg({_ROW}, '' ORDER BY a.id) AS payload
        FROM added a GROUP BY a.union_id, a.link ORDER BY a.union_id
    LOOP
        SELECT hash INTO previous FROM ledger_head WHERE union_id = want.union_id;
        following := encode(sha256(convert_to({_HEADER} || want.payload, 'UTF8')), 'hex');
        INSERT INTO ledger_seal
            (union_id, seq, entries, first_entry, last_entry, previous_hash, hash)
        VALUES (want.union_id, want.link, want.n, want.first_id, want.last_id, previous, following);
        UPDATE ledger_head SET seq = want.link, hash = following WHERE union_id = want.union_id;
    END LOOP;
    RETURN NULL;
"""  # noqa: S608 (as above)

#: Nothing can be promised that was never there: no balance row, no commitment.
RESERVE: Final = """
    INSERT INTO ledger_commitmentleft (commitment_id, remaining) SELECT id, size FROM added;
    FOR want IN
        SELECT a.union_id, a.fund_id, a.item_id, a.lot_id, sum(a.size) AS size
        FROM added a GROUP BY a.union_id, a.fund_id, a.item_id, a.lot_id
        ORDER BY a.union_id, a.fund_id, a.item_id NULLS FIRST, a.lot_id NULLS FIRST
    LOOP
        UPDATE ledger_balance SET committed = committed + want.size
        WHERE union_id = want.union_id AND fund_id = want.fund_id
            AND coalesce(item_id, 0) = coalesce(want.item_id, 0)
            AND coalesce(lot_id, 0) = coalesce(want.lot_id, 0);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nothing there' USING ERRCODE = '23514',
                CONSTRAINT = 'ledger_balance_committed_covered';
        END IF;
    END LOOP;
    RETURN NULL;
"""

RELEASE: Final = """
    FOR want IN
        SELECT a.commitment_id, sum(a.size) AS size FROM added a
        GROUP BY a.commitment_id ORDER BY a.commitment_id
    LOOP
        UPDATE ledger_commitmentleft SET remaining = remaining - want.size
            WHERE commitment_id = want.commitment_id;
    END LOOP;
    FOR want IN
        SELECT c.union_id, c.fund_id, c.item_id, c.lot_id, sum(a.size) AS size
        FROM added a JOIN ledger_commitment c ON c.id = a.commitment_id
        GROUP BY c.union_id, c.fund_id, c.item_id, c.lot_id
        ORDER BY c.union_id, c.fund_id, c.item_id NULLS FIRST, c.lot_id NULLS FIRST
    LOOP
        UPDATE ledger_balance SET committed = committed - want.size
        WHERE union_id = want.union_id AND fund_id = want.fund_id
            AND coalesce(item_id, 0) = coalesce(want.item_id, 0)
            AND coalesce(lot_id, 0) = coalesce(want.lot_id, 0);
    END LOOP;
    RETURN NULL;
"""
