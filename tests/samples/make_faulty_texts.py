"""Makes texts with the typical faults of text from a PDF, from the example issue, together with the expected result.

`python tests/samples/make_faulty_texts.py FOLDER 1 2 3` writes the texts of these seeds.
"""

import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from composer.issue.document import Article, Figure, Issue, ListBlock, Paragraph, Quote, Sources, SubHeading, plain
from composer.issue.parsing.issue_file import parse_issue

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
RUNNING_HEADS = ("学会通讯月刊版", "Вестник науки", "Science Without Borders Monthly", "国际科技动态", "March Edition")
WORD = re.compile(r"[^\W_]+")
# If the halves were words themselves, a compound could not be distinguished from a broken word.
BREAKABLE = re.compile(r"[a-z]{8,}[,.]?")
VOWELS = "aeiou"


@dataclass
class Truth:
    """The expected result of importing the text: titles in order, their sections, parts in reading order."""

    masthead: str
    sections: list[tuple[str, list[str]]] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)  # title of the article, caption, credit
    sources: dict[str, list[str]] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    staff: list[tuple[str, str]] = field(default_factory=list)
    highlights: list[str] = field(default_factory=list)
    about: str = ""
    website: str = ""
    email: str = ""
    running_head: str = ""


@dataclass
class Faulty:
    text: str
    truth: Truth


class Maker:
    """Generates one text; every choice depends on the seed."""

    def __init__(self, issue: Issue, seed: int) -> None:
        self.issue, self.chance = issue, random.Random(seed)
        self.truth = Truth(issue.title)
        self.rows: list[str] = []
        self.page = self.chance.randint(0, 3)
        self.head = self.chance.choice(RUNNING_HEADS)
        self.truth.running_head = self.head
        self.number_first = self.chance.random() < 0.7
        self.bullet = self.chance.choice(("- ", "- ", "• ", "- © ", "· "))
        self.wrap = self.chance.choice((0, 0, 0, 0, 78, 96))
        everything = " ".join(text for article in issue.articles() for text in texts_of(article))
        self.acronyms = {w for w in re.findall(r"\b[A-Z]{3,10}\b", everything) if len(re.findall(rf"\b{w}\b", everything)) > 2}

    def make(self) -> Faulty:
        self.gap()
        self.put(str(self.page))
        self.put(self.issue.title)
        self.put(self.decorated(self.issue.sections[0].title))
        for article in self.issue.highlighted():
            self.truth.highlights.append(article.title)
            self.rows.append(self.bullet + self.slip_possessive(self.reworded(article.title)))
        self.gap()
        for section in self.issue.sections:
            self.put(section.title)
            if self.chance.random() < 0.3:
                self.put(self.furniture())
            self.truth.sections.append((section.title, [article.title for article in section.articles]))
            for article in section.articles:
                self.put_article(article)
        self.put_back()
        text = "\n".join(self.rows) + "\n"
        # A running header in the script of the text must occur at least twice to be recognised.
        while text.count(self.head) < 2:
            text += f"\n{self.furniture()}\n"
        return Faulty(text, self.truth)

    # -- parts -------------------------------------------------------------------------------------------------------

    def put_article(self, article: Article) -> None:
        self.put(self.slip_possessive(article.title))
        numbered = self.chance.random() < 0.2
        figures: list[Figure] = []
        heading = 0
        for block in article.blocks:
            match block:
                case Figure():
                    figures.append(block)
                case SubHeading(text):
                    heading += 1
                    said = f"{heading}. {text}" if numbered else text
                    self.truth.headings.append(said)
                    self.flush(figures, article)
                    self.put(self.slip_possessive(said))
                case Paragraph(content):
                    self.put_paragraph(plain(content), figures, article)
                case ListBlock(items, ordered, start):
                    self.flush(figures, article)
                    for number, item in enumerate(items, start=start):
                        text = " ".join(plain(inner.content) for inner in item if isinstance(inner, Paragraph))
                        self.truth.items.append(text)
                        self.put(f"{number}. {text}" if ordered else f"- {text}")
                case Quote(blocks):  # a PDF shows a quotation as a paragraph
                    for inner in blocks:
                        if isinstance(inner, Paragraph):
                            self.put_paragraph(plain(inner.content), figures, article)
                case Sources(entries):
                    late = figures.pop() if figures and self.chance.random() < 0.3 else None
                    self.flush(figures, article)
                    self.put_sources([plain(entry) for entry in entries], article)
                    if late is not None:
                        self.put_figure(late, article)
        self.flush(figures, article)

    def put_paragraph(self, text: str, figures: list[Figure], article: Article) -> None:
        self.truth.paragraphs.append(text)
        faulty = self.slip(text)
        words = faulty.split(" ")
        if len(words) < 24 or self.chance.random() < 0.55:
            if self.chance.random() < 0.5:
                self.flush(figures, article)
            self.put(faulty)
            return
        at = self.chance.randint(2, len(words) - 3)
        while re.search(r"[.!?:;][\"'”’)]*$", words[at - 1]):  # a page break after a sentence would not be a fault
            at += 1
            if at >= len(words) - 2:
                self.put(faulty)
                return
        first, second = " ".join(words[:at]), " ".join(words[at:])
        if BREAKABLE.fullmatch(words[at]) and self.chance.random() < 0.6:
            cut = syllable(words[at], self.chance)
            first, second = f"{first} {words[at][:cut]}-", " ".join([words[at][cut:], *words[at + 1 :]])
        self.put_break(first, second, figures, article)

    def put_break(self, first: str, second: str, figures: list[Figure], article: Article) -> None:
        kind = self.chance.random()
        if kind < 0.3:
            self.put(first)
            if not first.endswith("-"):  # the line at the page break is not wrapped
                last = max(at for at, row in enumerate(self.rows) if row.strip())
                self.rows[last] += f" {self.furniture()}"
            self.put(second)
        elif kind < 0.6:
            self.put(first)
            self.put(self.furniture())
            self.put(second)
        elif kind < 0.8 and figures:
            self.put(first)
            self.flush(figures, article)
            self.put(second)
        else:
            self.put(first)
            self.put(second)

    def flush(self, figures: list[Figure], article: Article) -> None:
        while figures:
            self.put_figure(figures.pop(0), article)

    def put_figure(self, figure: Figure, article: Article) -> None:
        caption = plain(figure.caption)
        kind = self.chance.choice(("Official website of", "Archive of", "Courtesy of"))
        credit = f"{kind} {self.chance.choice(('the fair', 'CAST', 'the laboratory', 'CICC'))}"
        shape = self.chance.random()
        if shape < 0.25:
            caption = ""
        self.truth.figures.append((article.title, caption, credit))
        label = self.chance.choice(("Photo credit:", "Photo credit:", "Photo Credit:", "Picture credit :"))
        ornament = "\\bigcirc " if self.chance.random() < 0.1 else ""
        if not caption:
            said = f"{ornament}{label} {credit}"
        elif shape < 0.75:
            said = f"{ornament}{caption} {label} {credit}"
        else:
            said = f"{ornament}{label} {caption} Source: {credit}"
        self.gap()
        self.put(said)

    def put_sources(self, sources: list[str], article: Article) -> None:
        self.truth.sources[article.title] = sources
        said = [source.replace(".com", ". com") if self.chance.random() < 0.3 else source for source in sources]
        if len(said) == 1:
            self.put(f"(Source: {said[0]})")
            return
        last = self.chance.choice((", ", ", and ", " and ")) if " and " not in said[-1] else ", "
        self.put(f"(Sources: {', '.join(said[:-1])}{last}{said[-1]})")

    def put_back(self) -> None:
        self.truth.staff = [(credit.role, credit.name) for credit in self.issue.credits]
        staff = [f"{role}: {name}" for role, name in self.truth.staff]
        if self.chance.random() < 0.8:
            self.put(" ".join(staff))
        else:
            for line in staff:
                self.put(line)
        footer = self.issue.footer
        self.truth.about, self.truth.website, self.truth.email = footer.about, footer.website, footer.email
        self.put(f"{footer.about} {footer.website} {footer.email}")

    # -- faults ------------------------------------------------------------------------------------------------------

    def furniture(self) -> str:
        self.page += self.chance.randint(0, 2)
        return f"{self.page} {self.head}" if self.number_first else f"{self.head} {self.page}"

    def decorated(self, text: str) -> str:
        return self.chance.choice((f"🛥 {text} 🕊", f"© {text}", f"\\bigcirc {text}", f"{text} ★", text))

    def reworded(self, title: str) -> str:
        """Returns a highlight that differs a little from its title: one word more, or one less at the end."""
        words = title.split()
        if len(words) > 6 and self.chance.random() < 0.4:
            words = words[:-1]
        if self.chance.random() < 0.3:
            words.append(self.chance.choice(("worldwide", "today", "again")))
        return " ".join(words)

    def slip_possessive(self, text: str) -> str:
        return re.sub(r"(?<=\w)'s\b", lambda found: "' s" if self.chance.random() < 0.25 else found[0], text)

    def slip(self, text: str) -> str:
        text = self.slip_possessive(text)
        text = re.sub(r", (?=[a-z])", lambda found: ". " if self.chance.random() < 0.06 else found[0], text)
        text = re.sub(r"(?<=[a-z])\. (?=[A-Z])", lambda found: " " if self.chance.random() < 0.06 else found[0], text)

        def acronym(found: re.Match[str]) -> str:
            word, roll = found[0], self.chance.random()
            if word not in self.acronyms or roll > 0.12:
                return word
            return f"**{word}**" if roll < 0.08 or len(word) < 6 else f"{word[:4]}-{word[4:]}"

        return re.sub(r"(?<![\w*-])[A-Z]{3,10}(?![\w*-])(?! )|(?<=[a-z] )[A-Z]{3,10}(?= [a-z])", acronym, text)

    # -- lines -------------------------------------------------------------------------------------------------------

    def put(self, text: str) -> None:
        if self.wrap and len(text) > self.wrap:
            self.rows += wrapped(text, self.wrap)
        else:
            self.rows.append(text)
        self.gap()

    def gap(self) -> None:
        self.rows += self.chance.choice(([""], [""], [""], ["", ""], ["", " ", ""]))


def wrapped(text: str, width: int) -> list[str]:
    rows: list[str] = []
    row = ""
    for word in text.split(" "):
        if row and len(row) + 1 + len(word) > width:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}" if row else word
    return [*rows, row]


def syllable(word: str, chance: random.Random) -> int:
    """Returns where to break a word: before a consonant after a vowel, else in the middle."""
    bare = word.rstrip(",.")
    places = [at for at in range(3, len(bare) - 2) if bare[at - 1] in VOWELS and bare[at] not in VOWELS]
    return chance.choice(places) if places else len(bare) // 2


def texts_of(article: Article) -> list[str]:
    return [plain(block.content) for block in article.blocks if isinstance(block, Paragraph)]


def make_faulty_text(issue: Issue, seed: int) -> Faulty:
    return Maker(issue, seed).make()


def load_example() -> Issue:
    return parse_issue((EXAMPLE / "issue.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for wanted in sys.argv[2:]:
        (folder / f"faulty-{wanted}.txt").write_text(make_faulty_text(load_example(), int(wanted)).text, encoding="utf-8")
