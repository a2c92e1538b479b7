"""Persons who must never appear in a log."""

NAME = "王五金丝雀"
ID_NUMBER = "110101199003072316"
PHONE = "13800138000"
ALL = (NAME, ID_NUMBER, PHONE)


def found_in(text: str) -> list[str]:
    """The canaries in `text`, as they are and as JSON escapes them."""
    return [canary for canary in ALL if canary in text or escaped(canary) in text]


def escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")
