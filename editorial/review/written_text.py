"""Checks what people write in a review: not empty, not too long, no control characters and no marks that reorder text."""

from publication.domain_errors import DomainError
from transport import header_rules


def checked(text: str, most: int, fault: type[DomainError], *, may_be_empty: bool = False) -> str:
    """The text without spaces around it and with plain line ends. Raises `fault` with the code text, long or character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if not text and not may_be_empty:
        raise fault("text")
    if len(text) > most:
        raise fault("long", most=most)
    if not all(header_rules.is_one_line(line) for line in text.split("\n")):
        raise fault("character")
    return text
