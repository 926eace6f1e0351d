"""Fills in the substitutions of a mail, as SendGrid does."""

import re


def substitute(text: str, pairs: dict[str, str], nested: bool) -> str:
    """Substitute in one pass over the text, or tag after tag, which also expands tags inside values."""
    if not pairs or not text:
        return text
    if nested:
        for tag, value in pairs.items():
            text = text.replace(tag, value)
        return text
    pattern = re.compile("|".join(re.escape(tag) for tag in sorted(pairs, key=len, reverse=True) if tag))
    return pattern.sub(lambda match: pairs[match[0]], text) if pattern.pattern else text
