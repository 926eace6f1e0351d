"""The mails of the gallery: issues of one story, of thirty, without a picture, and with very long names, in four languages."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from composer.issue import digest, merge_fields
from composer.issue.document import Article, Block, Figure, Issue, Profile, Section
from composer.issue.parsing.issue_file import parse_issue
from composer.pipeline import compose
from composer.rendering.theme_model import Theme
from composer.themes.theme_trial import FOLDER
from tests.support.mail_browser import PICTURES_AT

ISSUES = Path(__file__).with_name("issues")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
LANGUAGES = ("en", "zh-Hans", "de", "ar")
LAYOUTS = ("digest", "full")
CONTENTS = ("thirty", "one", "no-pictures", "long-names")
PAGES = merge_fields.EXAMPLE_PAGES
_STORIES = 30


@dataclass(frozen=True)
class Mail:
    """A mail as a recipient gets it. `pictures`: address -> bytes. `words`: the fixed texts of the theme."""

    issue: Issue
    html: str
    pictures: Mapping[str, bytes]
    words: Mapping[str, object]

    def stories(self) -> tuple[Article, ...]:
        """Returns the articles of which the mail has only a summary."""
        return tuple(article for article in self.issue.articles() if digest.is_story(self.issue, article))


def copy_pictures(folder: Path) -> None:
    """Copies the pictures of the issues into a folder: those of the specimen, which has every shape, and of an example."""
    for source in (FOLDER / "images", EXAMPLE / "images"):
        shutil.copytree(source, folder / "images", dirs_exist_ok=True)


def mail_of(theme: Theme, layout: str, language: str, content: str, folder: Path) -> Mail:
    issue = replace(issue_of(content, language), layout=layout, theme=theme.name)
    composed = compose(issue, folder=folder, theme=theme, picture_url=lambda picture: f"{PICTURES_AT}{picture.name}")
    values = merge_fields.preview_values(composed.fields, pages=PAGES)
    pictures = {f"{PICTURES_AT}{picture.name}": picture.data for picture in composed.pictures}
    return Mail(issue, merge_fields.fill(composed.html, values), pictures, theme.fixed_texts(language))


def issue_of(content: str, language: str) -> Issue:
    file = f"long-names.{language}.md" if content == "long-names" else f"{language}.md"
    issue = parse_issue((ISSUES / file).read_text(encoding="utf-8"), file=file)
    match content:
        case "one":
            first = issue.sections[0]
            return replace(issue, sections=(replace(first, articles=first.articles[:1]),))
        case "thirty":
            return replace(issue, sections=tuple(_thirty(issue.sections)))
        case "no-pictures":
            return replace(issue, sections=tuple(map(_without_pictures, issue.sections)))
        case _:
            return issue


def _thirty(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Yields the sections with copies of their articles, so that all have thirty together. Copies have other pictures, in turn."""
    files = cycle(sorted(path.name for path in (EXAMPLE / "images").iterdir() if path.suffix == ".jpg"))
    for section in sections:
        articles = list(section.articles)
        sources = cycle([article for article in articles if not article.whole_in_digest])  # a question can be asked only once
        while len(articles) < _STORIES // len(sections):
            article = next(sources)
            number = len(articles)
            articles.append(replace(article, id=f"{article.id}-{number}", blocks=_with_picture(article, f"images/{next(files)}")))
        yield replace(section, articles=tuple(articles))


def _with_picture(article: Article, src: str) -> tuple[Block, ...]:
    return tuple(replace(block, src=src) if isinstance(block, Figure) else block for block in article.blocks)


def _without_pictures(section: Section) -> Section:
    """Returns the section without pictures. A person stays, without the portrait."""
    return replace(
        section,
        articles=tuple(
            replace(
                article,
                blocks=tuple(
                    replace(block, portrait=None) if isinstance(block, Profile) else block
                    for block in article.blocks
                    if not isinstance(block, Figure)
                ),
            )
            for article in section.articles
        ),
    )
