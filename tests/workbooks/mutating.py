"""Workbooks with something wrong in them: bytes, parts of the zip, XML, letters."""

import random
import re
import warnings
import zipfile
from io import BytesIO

from tests.workbooks.making import zipped

#: What is thrown into texts and XML: signs that no cell may keep, and values at the edge.
SPOILERS = (
    "&#0;", "&#1;", "&#x202e;", "_x0000_", "\u202e", "\u200b", "\ufeff", "&lol;", "<c>", "</c>",
    "<!DOCTYPE x>", "999999999999", "-1", "1e400", "NaN", "A1048577", "XFE1", "110101199003071234",
    '<c r="B3"><v>110101199003071234</v></c>', "<mergeCell ref='A1:XFD9'/>", "#N/A", "t='s'",
    "t='e'", "1.10101E+17", "'" * 9, '"', ",,,,", "\n", "\t", "</table>", "<td rowspan=99999>",
    "<td colspan=99999>", "\0", "𠮷", "0", "=1+1", "合计", "同上",
)  # fmt: skip


def mutated(content, some):
    """The file with one to four things wrong; `some` is a `random.Random`."""
    for _ in range(some.randint(1, 4)):
        is_zip = content.startswith(b"PK") and some.random() < 0.75
        content = _in_zip(content, some) if is_zip else _in_bytes(content, some)
    return content


def _in_bytes(content, some):
    if not content:
        return b"PK\x03\x04"
    at, length = some.randrange(len(content)), some.randint(1, 64)
    match some.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + content[at + length :]
        case 2:
            return content[:at] + content[at : at + length] * 3 + content[at + length :]
        case 3:
            return content[:at] + some.randbytes(length) + content[at + length :]
        case 4:
            return content[:at] + some.choice(SPOILERS).encode() + content[at:]
    return content[:at] + bytes([content[at] ^ 1 << some.randrange(8)]) + content[at + 1 :]


def _in_zip(content, some):
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    except Exception:  # noqa: BLE001  # broken before: then its bytes are changed further
        return _in_bytes(content, some)
    if not parts:
        return content
    at = some.randrange(len(parts))
    name, part = parts[at]
    match some.randrange(8):
        case 0:
            del parts[at]
        case 1:
            parts.append((name, part))
        case 2:
            parts[at] = (some.choice([name.upper(), f"../{name}", name[3:] or "x"]), part)
        case _:
            sheets = [i for i, (label, _) in enumerate(parts) if "sheet" in label.lower()]
            at = some.choice(sheets) if sheets and some.random() < 0.7 else at
            name, part = parts[at]
            parts[at] = (name, _in_xml(part, some))
    return zipped_quietly(parts)


def _in_xml(part, some):
    places = [found.start() for found in re.finditer(rb"[<>\"]", part)] or [0]
    at = some.choice(places)
    spoiler = some.choice(SPOILERS).encode()
    match some.randrange(5):
        case 0:
            return part[:at] + spoiler + part[at:]
        case 1:
            return part[: at + 1] + spoiler + part[at + 1 :]
        case 2:
            end = part.find(b">", at) + 1 or len(part)
            return part[:at] + part[end:]
        case 3:
            end = part.find(b"</row>", at) + 6
            return part[:end] + part[at:end] + part[end:]
    return re.sub(rb"\d+", lambda found: _digits(found[0], some), part, count=some.randint(1, 30))


def _digits(found, some):
    return found if some.random() < 0.8 else str(some.choice([0, 7, 99, 10**6, 10**15])).encode()


def zipped_quietly(parts):
    """Names may repeat here, which is what the warning is about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped(parts)


def corpus(seeds, count, seed):
    """`count` mutated files of the seeds, always the same ones."""
    some = random.Random(seed)
    for _ in range(count):
        yield mutated(some.choice(seeds), some)
