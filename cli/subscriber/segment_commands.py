"""`mailroom segment`: stored segments. A caret under the text points at an error in it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber, with_yes

if TYPE_CHECKING:
    from subscribers.models import Segment
    from subscribers.segments.grammar import SegmentError

ON_LISTS = click.option("--list", "slugs", metavar="LIST", multiple=True, help="Count only people on this list; may be repeated.")


@click.group(cls=bootstrap.DatabaseGroup)
def segment() -> None:
    """Stored queries over subscribers; docs/segments.md describes their language.

    Example: mailroom segment create chemists 'interests = "chemistry" and language = "en"'
    """


@contextmanager
def pointing(text: str) -> Iterator[None]:
    """Print an error in the segment `text` and exit with code 1."""
    from subscribers.segments import grammar

    try:
        yield
    except grammar.SegmentError as error:
        _show_fault(text, error)
        sys.exit(1)


def _show_fault(text: str, error: SegmentError) -> None:
    """Print the error, the line, and a caret under the column."""
    message = error.message + (f" — {error.hint}" if error.hint else "")
    output.note(f"mailroom: error in the segment at character {error.column}: {message}")
    start = text.rfind("\n", 0, max(error.column - 1, 0)) + 1
    line = text[start:].split("\n", 1)[0]
    output.note(f"  {output.visible(line)}")
    output.note(" " * (2 + max(error.column - 1 - start, 0)) + "^")


def _note_languages(text: str) -> None:
    """Warn about languages that no subscriber has, most often `zh` where all have `zh-Hans`."""
    from subscribers.segments import language_check

    for unused in language_check.unused_languages(text):
        output.note(f"note: {unused.message}; {unused.hint}")


def text_of(slug_or_text: str) -> str:
    """The text of a stored segment, or the argument itself where it cannot be a slug."""
    from subscribers.segments import saved_segments

    if any(character in slug_or_text for character in ' ="<>~()“‘＂＇「『'):
        return slug_or_text
    return saved_segments.find(slug_or_text).text


@segment.command()
@click.argument("slug")
@click.argument("text")
@click.option("--name", default="", help="What staff call it in the console. Without it, SLUG.")
@click.option("--description", default="", help="What the segment is for.")
def create(slug: str, text: str, name: str, description: str) -> None:
    """Store the segment TEXT under the short name SLUG.

    Example: mailroom segment create chemists 'interests = "chemistry"'
    """
    from subscribers.segments import saved_segments

    with pointing(text):
        made = saved_segments.create(bootstrap.actor(), slug, text, name=name, description=description)
    _note_languages(text)
    output.show(_document(made), f"The segment {slug} is stored.")


@segment.command()
@click.argument("slug")
@click.argument("text", required=False)
@click.option("--name", help="What staff call it in the console.")
@click.option("--description", help="What the segment is for.")
def change(slug: str, text: str | None, name: str | None, description: str | None) -> None:
    """Replace the text of a stored segment, its name or its description. Campaigns that are already scheduled keep the text
    they had.

    Example: mailroom segment change chemists 'interests in ("chemistry", "materials")'
    """
    from subscribers.segments import saved_segments

    if text is None and name is None and description is None:
        raise click.UsageError("Give TEXT, --name or --description.")
    stored_segment = saved_segments.find(slug)
    text = stored_segment.text if text is None else text
    with pointing(text):
        changed = saved_segments.change(bootstrap.actor(), stored_segment, text, name=name, description=description)
    _note_languages(text)
    output.show(_document(changed), f"The segment {slug} is changed.")


@segment.command()
@click.argument("slug")
@click.argument("new_slug")
@click.option("--name", default="", help="What staff call the copy in the console. Without it, NEW_SLUG.")
def copy(slug: str, new_slug: str, name: str) -> None:
    """Store the text and the description of the segment SLUG also under the short name NEW_SLUG.

    Example: mailroom segment copy chemists young-chemists
    """
    from subscribers.segments import saved_segments

    original = saved_segments.find(slug)
    with pointing(original.text):
        made = saved_segments.create(bootstrap.actor(), new_slug, original.text, name=name, description=original.description)
    output.show(_document(made), f"The segment {new_slug} is stored.")


@segment.command()
@click.argument("slug")
def versions(slug: str) -> None:
    """List the versions of a stored segment, the newest first. The console restores one.

    Example: mailroom segment versions chemists
    """
    from subscribers.segments import saved_segments

    documents = [
        {
            "at": version.at, "by": version.actor and version.actor.name, "name": version.name, "text": version.text,
            "description": version.description,
        }
        for version in saved_segments.versions(saved_segments.find(slug))
    ]  # fmt: skip
    output.show_list("versions", documents, ("at", "by", "name", "text"), empty="no version is known")


@segment.command("ls")
def ls() -> None:
    """List all stored segments, each with the problem if it cannot be used any more.

    Example: mailroom segment ls
    """
    from subscribers import models
    from subscribers.segments import saved_segments

    segments, documents = list(models.Segment.objects.order_by("slug")), []
    faults = saved_segments.faults_of(segments)
    for stored_segment in segments:
        fault = faults.get(stored_segment.pk)
        documents.append(_document(stored_segment) | {"code": fault and fault.code, "problem": fault and str(fault)})
    empty = "no segment yet; create one: mailroom segment create SLUG TEXT"
    output.show_list("segments", documents, ("segment", "name", "text", "description", "problem"), empty=empty)


@segment.command()
@click.argument("segment_text", metavar="SLUG|TEXT")
@ON_LISTS
def count(segment_text: str, slugs: tuple[str, ...]) -> None:
    """Count the people in a segment and, with --list, those who would be mailed now.

    For a stored segment, the console shows this number afterwards.

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
    _note_languages(text)
    document = {"text": text, "lists": list(slugs), "matching": matching, "mailable": mailable}
    output.show(document, lambda: _tell_count(matching, mailable, slugs))


def _tell_count(matching: int, mailable: int | None, slugs: tuple[str, ...]) -> None:
    output.say(f"{output.count(matching, 'person')} in the segment")
    if mailable is not None:
        output.say(f"{output.count(mailable, 'recipient')} on {', '.join(slugs)} would be mailed now")


@segment.command()
@click.argument("segment_text", metavar="SLUG|TEXT")
@ON_LISTS
@click.option("--size", type=WholeNumber(1, 1000), default=10, show_default=True, help="How many to list.")
def sample(segment_text: str, slugs: tuple[str, ...], size: int) -> None:
    """List some people of a segment; with --list only those who would be mailed now.

    Example: mailroom segment sample chemists --list news --size 5
    """
    from subscribers import mailing_lists
    from subscribers.segments import compiler, recipients

    text = text_of(segment_text)
    chosen = [mailing_lists.find_list(slug) for slug in slugs]
    with pointing(text):
        people = recipients.recipients(chosen, text) if chosen else compiler.matching(text)
    _note_languages(text)
    documents = [
        {"id": person.pk, "address": person.address, "name": person.name, "language": person.language, "country": person.country}
        for person in people.order_by("id")[:size]
    ]
    columns = ("id", "address", "name", "language", "country")
    rows = [list(document.values()) for document in documents]
    document = {"text": text, "lists": list(slugs), "people": documents}
    output.show(document, lambda: output.show_table(columns, rows, empty="nobody"))


@segment.command()
@click.argument("text")
def check(text: str) -> None:
    """Check whether TEXT is a valid segment; exit code 1 and the place of the error where it is not.

    Example: mailroom segment check 'interests = "chemistry"'
    """
    from subscribers.segments import compiler, grammar

    try:
        compiler.compile_segment(text)
    except grammar.SegmentError as error:
        fault = {
            "ok": False, "text": text, "code": error.code, "message": error.message, "column": error.column, "hint": error.hint,
        }  # fmt: skip
        output.show(fault, partial(_show_fault, text, error))
        sys.exit(1)
    _note_languages(text)
    output.show({"ok": True, "text": text}, "The segment is valid.")


@segment.command()
@click.argument("slug")
@with_yes
def delete(slug: str, yes: bool) -> None:
    """Delete a stored segment. One that a campaign uses cannot be deleted.

    Example: mailroom segment delete chemists
    """
    from campaigns import removing
    from subscribers.segments import saved_segments

    stored_segment = saved_segments.find(slug)
    question = f"Delete the segment {slug} ({output.visible(stored_segment.text)})?"
    bootstrap.confirmed(question, yes, lambda: removing.delete_segment(bootstrap.actor(), saved_segments.find(slug)))
    output.show({"segment": slug, "deleted": True}, f"The segment {slug} is deleted.")


def _document(stored_segment: Segment) -> dict[str, Any]:
    return {
        "segment": stored_segment.slug,
        "name": stored_segment.name,
        "text": stored_segment.text,
        "description": stored_segment.description,
        "updated_at": stored_segment.updated_at,
    }
