"""Sentences one after the other."""


def in_a_row(*sentences: str) -> str:
    """The sentences that are not empty, with spaces between them; after a Chinese full stop there is none."""
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text.endswith("。") else f" {sentence}"
    return text
