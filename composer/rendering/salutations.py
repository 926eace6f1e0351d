"""Leaves out the salutation of a letter where the text is a page that anybody reads."""

import re

from composer.issue.document import Block, Field, Paragraph, Text, plain, walk_inlines

_INSIDE = r"[^.?!,;:。？！，；：]"
_WISH = r"(?:你们?|您|大家)好"
# Beginnings that little but a salutation has, and few further words.
_SALUTATION = re.compile(
    rf"(?:dear|hello|hi|greetings|good (?:morning|afternoon|evening|day)|liebe[rs]?|hallo|guten tag|sehr geehrte[rs]?"
    rf"|ch(?:er|ère)s?|bonjour|hola|estimad[oa]s?|querid[oa]s?)\b(?:{_INSIDE}|,(?= (?:dear|liebe|ch))){{0,40}}[,:]"
    rf"|(?:尊敬|敬爱|亲爱)的{_INSIDE}{{1,16}}(?:[，,]{_WISH})?[，：！,:!]"
    rf"|(?:各位|诸位){_INSIDE}{{1,6}}(?:[，,]{_WISH})?[，：！,:!]"
    rf"|(?:{_INSIDE}{{1,12}}[，,]?)?{_WISH}[，：！,:!]",
    re.IGNORECASE,
)
_ONLY_A_FIELD = re.compile(r"\s*[,:，：]\s*")


def without_salutation(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Returns the blocks without a first paragraph that only greets. A paragraph is kept if it may be a sentence."""
    if len(blocks) < 2 or not isinstance(blocks[0], Paragraph) or not isinstance(blocks[1], Paragraph):
        return blocks  # a colon before a list introduces the list
    return blocks[1:] if _only_greets(blocks[0]) else blocks


def _only_greets(paragraph: Paragraph) -> bool:
    nodes = list(walk_inlines(paragraph.content))
    if any(isinstance(node, Field) for node in nodes):
        written = "".join(node.text for node in nodes if isinstance(node, Text))
        if _ONLY_A_FIELD.fullmatch(written):
            return True
    return _SALUTATION.fullmatch(" ".join(plain(paragraph.content).split())) is not None
