"""`mailroom publication`: the publication's name, policies, check levels, subscriber attributes and its last twelve months."""

from collections.abc import Mapping
from typing import Any

import click

from cli import bootstrap, output
from cli.click_extensions import language_text, printed_texts, texts_in
from cli.error_reporting import CliError
from cli.publication_report import report


@click.group(cls=bootstrap.DatabaseGroup)
def publication() -> None:
    """The newsletter's name, time zone, languages and policies.

    Example: mailroom publication set --name "CAST Newsletter" --zone Asia/Shanghai
    """


publication.add_command(report)


@publication.command()
def show() -> None:
    """Show what is set, and all policies.

    Example: mailroom publication show
    """
    _show()


@publication.command("set")
@click.option("--name", help="The newsletter's name.")
@click.option("--description", help="What it is about, for readers.")
@click.option("--name-in", multiple=True, metavar="LANGUAGE=TEXT", help="Its name for readers of a language; empty: none.")
@click.option(
    "--description-in", multiple=True, metavar="LANGUAGE=TEXT", help="Its description for readers of a language; empty: none."
)
@click.option("--zone", help="Time zone, such as Asia/Shanghai, in which times are shown and read.")
@click.option("--language", help="Language of public pages and notices, such as en or zh-Hans.")
@click.option(
    "--also-in",
    "languages",
    multiple=True,
    metavar="LANGUAGE",
    help="One more language for public pages and notices; may be repeated.",
)
@click.option("--organisation", help="Who publishes it; the sentence that people agree to when they subscribe names it.")
@click.option("--postal-address", help="Postal address; mail laws require it in every mail.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME:TYPE", help="Declare a subscriber attribute; TYPE is "
              "text, number, date, yesno or words. May be repeated.")  # fmt: skip
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME=VALUE",
    help="A policy, such as late_hours=12; mailroom publication show lists all. May be repeated.",
)  # fmt: skip
@click.option(
    "--check", "levels", multiple=True, metavar="CODE=LEVEL",
    help="The level of a check: error, warning, info, off, or default. May be repeated.",
)  # fmt: skip
@click.option(
    "--theme-colour", "theme_colours", multiple=True, metavar="THEME.NAME=COLOUR",
    help="A colour of a design, such as cast.accent=#0055aa; default: that of the design. May be repeated.",
)  # fmt: skip
def set_(
    name: str | None, description: str | None, name_in: tuple[str, ...], description_in: tuple[str, ...],
    zone: str | None, language: str | None, languages: tuple[str, ...], organisation: str | None, postal_address: str | None,
    attributes: tuple[str, ...], policies: tuple[str, ...], levels: tuple[str, ...],
    theme_colours: tuple[str, ...],
) -> None:  # fmt: skip
    """Change only the settings that you name. If one value is invalid, nothing is changed.

    Example: mailroom publication set --zone Asia/Shanghai --attribute interests:words
    """
    from django.db import transaction

    from publication import profile
    from publication.installation import publication as stored_publication
    from subscribers import attribute_declarations
    from subscribers import attributes as schema

    actor, stored = bootstrap.actor(), stored_publication().texts
    with transaction.atomic():
        profile.change_profile(
            actor, name=name, description=description, texts=texts_in(stored, name_in, description_in),
            zone=zone, language=language, languages=list(languages) or None,
            organisation=organisation, postal_address=postal_address,
            policies=dict(_pair(policy, "=", "policy") for policy in policies),
            check_levels=dict(_pair(level, "=", "check") for level in levels), theme_colours=_colours_in(theme_colours),
        )  # fmt: skip
        for attribute, kind in (_pair(declaration, ":", "attribute") for declaration in attributes):
            if kind not in {str(known) for known in schema.Type}:
                raise CliError(f"“{kind}” is not a type of attribute", "use text, number, date, yesno or words")
            attribute_declarations.declare(actor, attribute, kind)
    _show()


@publication.command()
@click.argument("name")
@click.option("--open/--not-open", "is_open", default=None, help="Show it to people, who may change it; or keep it internal.")
@click.option("--label", default=None, help="Its name for people; '' for the attribute's own name.")
@click.option("--label-in", multiple=True, metavar="LANGUAGE=TEXT", help="Its name for readers of a language; empty: none.")
@click.option("--value", "values", multiple=True, metavar="VALUE", help="A value that may be stored; give all of them.")
@click.option("--any-value", is_flag=True, help="Allow all values again.")
@click.option(
    "--value-label", multiple=True, metavar="VALUE:LANGUAGE=TEXT", help="The name of a value for readers of a language."
)
def attribute(
    name: str, is_open: bool | None, label: str | None, label_in: tuple[str, ...], values: tuple[str, ...], any_value: bool,
    value_label: tuple[str, ...],
) -> None:  # fmt: skip
    """Set who sees a subscriber attribute, and its values. People see an open one on their private page, and can change it.

    With --value only these values may be stored from now on: people choose among them, and other ones are refused, also in files.

    Example: mailroom publication attribute interests --open --label "Topics" --value physics --value chemistry
    """
    from subscribers import attribute_declarations, attributes

    if any_value and values:
        raise click.UsageError("Choose --value or --any-value, not both.")
    if is_open is None and label is None and not (label_in or values or any_value or value_label):
        raise click.UsageError("nothing to change; give --open, --not-open, --label or --value", click.get_current_context())
    attributes.find(name)
    allowed = None
    if values or any_value or value_label:
        before = attributes.declarations()[name].values
        kept = before if not (values or any_value) else {value: before.get(value, {}) for value in values}
        allowed = _labelled({value: dict(labels) for value, labels in kept.items()}, value_label)
    facts = attribute_declarations.configure(
        bootstrap.actor(), name, is_open=is_open, label=label, values=allowed,
        labels=dict(language_text(text, "label-in") for text in label_in) if label_in else None,
    )  # fmt: skip
    document = {
        "attribute": name, "type": str(facts.type), "open": facts.open, "label": facts.label, "labels": dict(facts.labels),
        "values": {value: dict(labels) for value, labels in facts.values.items()},
    }  # fmt: skip
    shown = document | {"labels": _joined(facts.labels), "values": "; ".join(facts.values) or "all"}
    output.show(document, lambda: output.show_facts(shown.items()))


def _joined(labels: Mapping[str, str]) -> str:
    return "; ".join(f"{language}={text}" for language, text in labels.items())


def _labelled(values: dict[str, dict[str, str]], given: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The values with the labels of --value-label."""
    for text in given:
        value, separator, rest = text.partition(":")
        if value.strip() not in values or not separator:
            raise click.BadParameter(f"“{text}” names no allowed value; write VALUE:LANGUAGE=TEXT", param_hint="--value-label")
        language, label = language_text(rest, "value-label")
        values[value.strip()][language] = label
    return values


def _colours_in(given: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Theme -> slot -> colour of --theme-colour; empty for the colour of the design."""
    colours: dict[str, dict[str, str]] = {}
    for text in given:
        name, colour = _pair(text, "=", "theme-colour")
        theme, separator, slot = name.partition(".")
        if not (theme and separator and slot):
            raise click.BadParameter(
                f"“{text}” cannot be read; write THEME.NAME=COLOUR, such as cast.accent=#0055aa", param_hint="--theme-colour"
            )
        colours.setdefault(theme, {})[slot] = "" if colour == "default" else colour
    return colours


def _printed_colours(colours: Mapping[str, Mapping[str, str]]) -> str:
    return ", ".join(f"{theme}.{slot}={colour}" for theme, slots in colours.items() for slot, colour in slots.items())


def _pair(text: str, sign: str, what: str) -> tuple[str, str]:
    left, separator, right = text.partition(sign)
    if not (left.strip() and separator and right.strip()):
        raise click.BadParameter(
            f"“{text}” cannot be read; write NAME{sign}{'TYPE' if sign == ':' else 'LEVEL' if what == 'check' else 'VALUE'}",
            param_hint=f"--{what}",
        )
    return left.strip(), right.strip()


def _show() -> None:
    document = _document()
    facts = [
        (name, printed_texts(value) if name == "texts" else _printed_colours(value) if name == "theme_colours" else value)
        for name, value in document.items()
        if name not in {"attributes", "policies", "policies_at_default", "checks"}
    ]
    facts += [("attributes", ", ".join(f"{name}:{kind}" for name, kind in document["attributes"].items()))]
    at_default = document["policies_at_default"]
    facts += [
        (f"policy {name}", f"{value} (default)" if name in at_default else value) for name, value in document["policies"].items()
    ]
    facts += [(f"check {code}", level) for code, level in document["checks"].items()]
    output.show(document, lambda: output.show_facts(facts))


def _document() -> dict[str, Any]:
    from publication import installation, policies
    from subscribers import attributes

    row = installation.publication()
    values, defaults = policies.all_values(row), policies.defaults()
    return {
        "name": row.name, "description": row.description, "texts": row.texts,
        "zone": row.zone, "language": row.language, "languages": row.languages,
        "organisation": row.organisation, "postal_address": row.postal_address, "theme_colours": row.theme_colours,
        "attributes": {name: str(kind) for name, kind in attributes.schema().items()},
        "policies": values, "policies_at_default": [name for name, value in values.items() if value == defaults[name]],
        "checks": row.check_levels, "quarantined_at": row.quarantined_at,
        "quarantine_reason": row.quarantine_reason,
    }  # fmt: skip
