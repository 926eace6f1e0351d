"""Makes fields of the head from the text: the preheader and the language."""

import re
from collections import Counter

SHORTEST, LONGEST = 40, 130  # characters of a preheader


def make_preheader(lines: list[str], subject: str, title: str) -> str:
    """Makes a preheader of 40 to 130 characters from as many highlights as fit, in order, without the one used as subject.

    A title that is not known is not named.
    """
    rest = [line for line in lines if line != subject] or [subject]
    chinese = guess_language(title + "".join(lines)) == "zh"
    between = "；" if chinese else "; "
    chosen: list[str] = []
    for line in rest:
        if len(between.join([*chosen, line])) <= LONGEST:
            chosen.append(line)
    made = between.join(chosen) or shorten(rest[0], LONGEST)
    if len(made) < SHORTEST and chinese:
        made = f"本期《{title}》：{made}" if title else f"本期要目：{made}"
    elif len(made) < SHORTEST:
        named = f"{title}: {made}" if title else made
        made = named if len(named) >= SHORTEST else f"In this issue{' of' if title else ':'} {named}, and more to read"
    return shorten(made, LONGEST)


def shorten(text: str, length: int) -> str:
    """Returns the text; a longer one is cut at a space and ends with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:.") + "…"


def guess_language(text: str) -> str:
    """Guesses the language by its script and its most common short words; English if there is no evidence."""
    letters = [letter for letter in text[:50_000] if letter.isalpha()]
    if letters and sum("\u3400" <= letter <= "\u9fff" for letter in letters) * 3 > len(letters):
        return "zh"
    words = Counter(re.findall(r"[a-zà-ÿ]+", text[:50_000].lower()))
    marks = {"en": "the and of", "de": "der und die", "fr": "les et des", "es": "los y del"}
    return max(marks, key=lambda tongue: sum(words[word] for word in marks[tongue].split()))
