"""`mailroom segment`: stored segments. An error in a segment is shown with a caret under its column."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import CommandGroup, with_json, with_yes

if TYPE_CHECKING:
    from subscribers.models import Segment

ON_LISTS = click.option("--list", "slugs", metavar="LIST", multiple=True, help="Only people on this list; may be repeated.")


@click.group(cls=CommandGroup)
def segment() -> None:
    """Stored queries over subscribers: docs/segments.md tells the language.

    Example: mailroom segment create chemists 'interests = "chemistry" and language = "en"'
    """


@contextmanager
def pointing(text: str) -> Iterator[None]:
    """Shows a fault of the segment `text` with the text and a caret under the column, and ends with 1."""
    from subscribers.segments import grammar

    try:
        yield
    except grammar.SegmentError as error:
        message = error.message + (f" — {error.hint}" if error.hint else "")
        output.note(f"mailroom: the segment cannot be used, column {error.column}: {message}")
        start = text.rfind("\n", 0, max(error.column - 1, 0)) + 1
        line = text[start:].split("\n", 1)[0]
        output.note(f"  {output.visible(line)}")
        output.note(" " * (2 + max(error.column - 1 - start, 0)) + "^")
        sys.exit(1)


def text_of(slug_or_text: str) -> str:
    """The text of a stored segment, or what was given if it cannot be a slug."""
    from subscribers.segments import saved_segments

    if any(character in slug_or_text for character in ' ="<>~()'):
        return slug_or_text
    return saved_segments.find(slug_or_text).text


@segment.command()
@click.argument("slug")
@click.argument("text")
@click.option("--description", default="", help="What it is for.")
@with_json
@bootstrap.needs_database
def create(slug: str, text: str, description: str, as_json: bool) -> None:
    """Store the segment TEXT under the short name SLUG.

    Example: mailroom segment create chemists 'interests = "chemistry"'
    """
    from subscribers.segments import saved_segments

    with pointing(text):
        made = saved_segments.create(bootstrap.actor(), slug, text, description=description)
    document = _document(made)
    output.show(document, as_json, lambda: output.say(f"The segment {slug} is stored."))


@segment.command()
@click.argument("slug")
@click.argument("text")
@with_json
@bootstrap.needs_database
def change(slug: str, text: str, as_json: bool) -> None:
    """Give a stored segment another TEXT; campaigns already scheduled keep the one they had.

    Example: mailroom segment change chemists 'interests in ("chemistry", "materials")'
    """
    from subscribers.segments import saved_segments

    found = saved_segments.find(slug)
    with pointing(text):
        changed = saved_segments.change(bootstrap.actor(), found, text)
    output.show(_document(changed), as_json, lambda: output.say(f"The segment {slug} is changed."))


@segment.command("ls")
@with_json
@bootstrap.needs_database
def ls(as_json: bool) -> None:
    """Show all stored segments.

    Example: mailroom segment ls
    """
    from subscribers import models

    documents = [_document(each) for each in models.Segment.objects.order_by("slug")]
    empty = "no segment yet; mailroom segment create stores one"
    output.show_list("segments", documents, as_json, ("segment", "text", "description"), empty=empty)


@segment.command()
@click.argument("segment_text", metavar="SLUG|TEXT")
@ON_LISTS
@with_json
@bootstrap.needs_database
def count(segment_text: str, slugs: tuple[str, ...], as_json: bool) -> None:
    """Count whom the segment describes and, with --list, who of them would be mailed now.

    The console shows the number of a stored segment from then on.

    Example: mailroom segment count 'language = "es"' --list news
    """
    from subscribers import mailing_lists
    from subscribers.segments import compiler, recipients, saved_segments, stored_counts

    text = text_of(segment_text)
    chosen = [mailing_lists.find_list(slug) for slug in slugs]
    begun = time.monotonic()
    with pointing(text):
        matching = compiler.matching(text).count()
        if text != segment_text:
            stored_counts.keep(saved_segments.find(segment_text), matching, time.monotonic() - begun)
        mailable = recipients.count(chosen, text) if chosen else None
    document = {"text": text, "lists": list(slugs), "matching": matching, "mailable": mailable}
    output.show(document, as_json, lambda: _tell_count(matching, mailable, slugs))


def _tell_count(matching: int, mailable: int | None, slugs: tuple[str, ...]) -> None:
    output.say(f"{output.count(matching, 'person', 'people')} in the segment")
    if mailable is not None:
        output.say(f"{output.count(mailable, 'recipient')} on {', '.join(slugs)} would be mailed now")


@segment.command()
@click.argument("segment_text", metavar="SLUG|TEXT")
@ON_LISTS
@click.option("--size", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many to show.")
@with_json
@bootstrap.needs_database
def sample(segment_text: str, slugs: tuple[str, ...], size: int, as_json: bool) -> None:
    """Show some of those whom the segment describes; with --list only such as would be mailed now.

    Example: mailroom segment sample chemists --list news --size 5
    """
    from subscribers import mailing_lists
    from subscribers.segments import compiler, recipients

    text = text_of(segment_text)
    chosen = [mailing_lists.find_list(slug) for slug in slugs]
    with pointing(text):
        people = recipients.recipients(chosen, text) if chosen else compiler.matching(text)
    documents = [
        {"id": each.pk, "address": each.address, "name": each.name, "language": each.language, "country": each.country}
        for each in people.order_by("id")[:size]
    ]
    columns = ("id", "address", "name", "language", "country")
    output.show(
        {"text": text, "lists": list(slugs), "people": documents},
        as_json,
        lambda: output.show_table(columns, [list(each.values()) for each in documents], empty="nobody"),
    )


@segment.command()
@click.argument("text")
@with_json
@bootstrap.needs_database
def check(text: str, as_json: bool) -> None:
    """Tell whether TEXT is a segment, and where not; exit 1 where not.

    Example: mailroom segment check 'interests = "chemistry"'
    """
    from subscribers.segments import compiler, grammar

    try:
        compiler.compile(text)
    except grammar.SegmentError as error:
        fault = {
            "ok": False, "text": text, "code": error.code, "message": error.message, "column": error.column, "hint": error.hint,
        }  # fmt: skip
        if not as_json:
            with pointing(text):
                raise
        output.show(fault, as_json, lambda: None)
        sys.exit(1)
    output.show({"ok": True, "text": text}, as_json, lambda: output.say("The segment is in order."))


@segment.command()
@click.argument("slug")
@with_yes
@with_json
@bootstrap.needs_database
def delete(slug: str, yes: bool, as_json: bool) -> None:
    """Delete a stored segment. One that a campaign names cannot be deleted.

    Example: mailroom segment delete chemists
    """
    from campaigns import removing
    from subscribers.segments import saved_segments

    found = saved_segments.find(slug)
    output.ask(f"Delete the segment {slug}: {output.visible(found.text)} ?", yes)
    removing.delete_segment(bootstrap.actor(), found)
    output.show({"segment": slug, "deleted": True}, as_json, lambda: output.say(f"The segment {slug} is deleted."))


def _document(one: Segment) -> dict[str, Any]:
    return {"segment": one.slug, "text": one.text, "description": one.description, "updated_at": one.updated_at}
