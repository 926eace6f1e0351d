"""The issue that `mailroom issue new` writes: everything that the format has occurs in it once."""

from __future__ import annotations

from datetime import date

from composer.issue.document import (
    Article,
    Credit,
    Emphasis,
    Field,
    Figure,
    Footer,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Sources,
    SubHeading,
    Text,
)


def starter(today: date) -> Issue:
    """An issue in which everything that the format has occurs once."""
    return Issue(
        title="Our Newsletter",
        organisation="Name of the Organisation",
        tagline="What we found, and what it means",
        number=today.strftime("%Y-%m"),
        date=today,
        subject="Say in 40 to 60 characters what is new in this issue",
        preheader="One line more that inboxes show after the subject: add to it, do not repeat it.",
        language="en",
        footer=Footer(
            about="Say in two sentences who you are.",
            address="Street and number, postal code, city, country",
            website="https://example.org/",
            email="newsletter@example.org",
        ),
        sections=(Section("Headlines", (_first_article(),)), Section("Dates", (_dates(),))),
        opening=(Paragraph((Text("Dear "), Field("name", "reader"), Text(","))),
                 Paragraph((Text("a line or two of greeting may stand here."),))),
        credits=(Credit("Editor", "Your Name"),),
    )  # fmt: skip


def _first_article() -> Article:
    return Article(
        "first-light",
        "First light: say in one line what happened",
        (
            Paragraph((Text("Begin with what is new, and say who did it, where and when. Then tell why it matters."),)),
            Figure(
                "images/first-light.png",
                "A bright disc rises over dark hills under a row of stars",
                (Text("A caption says what the picture cannot"),),
                (Text("Name of the photographer"),),
            ),
            SubHeading("A sub-heading helps those who skim"),
            Paragraph(
                (
                    Text("Keep paragraphs short, stress "),
                    Emphasis((Text("little"),)),
                    Text(", and link to "),
                    Link("https://example.org/report", (Text("the report itself"),)),
                    Text("."),
                )
            ),
            Quote((Paragraph((Text("A quotation brings in a voice."),)),)),
            Sources(((Text("Name of the first source"),), (Link("https://example.org/", (Text("the second"),)),))),
        ),
    )


def _dates() -> Article:
    return Article(
        "coming-up",
        "Coming up",
        (
            ListBlock(
                ((Paragraph((Text("a date and what happens on it"),)),), (Paragraph((Text("another date"),)),)),
            ),
        ),
    )
