"""What staff do with a campaign: create, update, test, schedule, send, pause, resume, cancel. Workers are woken after each."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap as house
from cli import output
from cli import variant_table as variants
from cli.click_extensions import IssueFolder, with_json, with_yes
from cli.error_reporting import Refused
from cli.later import later
from cli.texts.domain_texts import held_text

if TYPE_CHECKING:
    from campaigns import audience_variants as choosing
    from campaigns import launch, models, removing
    from campaigns import launch_checks as checks
    from campaigns import launch_guards as guards
    from campaigns.recovery import recall
    from editorial import issue_versions as issues
    from editorial.models import IssueVersion
    from publication import installation, senders
    from subscribers import mailing_lists as lists
    from subscribers.segments import recipients
    from subscribers.segments import saved_segments as segments
else:
    checks, launch, models, recall, removing = (
        later(f"campaigns.{name}") for name in ("launch_checks", "launch", "models", "recovery.recall", "removing")
    )
    choosing, guards = later("campaigns.audience_variants"), later("campaigns.launch_guards")
    issues, installation, senders = (
        later("editorial.issue_versions"),
        later("publication.installation"),
        later("publication.senders"),
    )
    lists, recipients, segments = (
        later(name)
        for name in ("subscribers.mailing_lists", "subscribers.segments.recipients", "subscribers.segments.saved_segments")
    )

WHICH = click.argument("campaign_id", metavar="ID", type=click.IntRange(1))
ISSUE = click.option(
    "--issue", "folder", metavar="DIR", required=True, type=IssueFolder(), help="The issue's folder; kept as a version."
)
WITH_ERRORS = click.option(
    "--with-errors", is_flag=True, help="Also where checks find errors: they are to be overridden before it is sent."
)
STRICT = click.option(
    "--strict/--no-strict", default=None,
    help="Each request waits 20 minutes at the provider, so that one without an answer can be taken back and sent again.",
)  # fmt: skip


def find(campaign_id: int) -> models.Campaign:
    """The campaign with everything that is shown of it."""
    return guards.find_campaign(campaign_id)


def describe(one: models.Campaign) -> dict[str, Any]:
    """What a campaign is, for JSON and for words; the numbers of its deliveries are in the report."""
    return {
        "campaign": one.pk, "name": one.name, "state": one.state, "held_reason": one.held_reason, "held_detail": one.held_detail,
        "issue": one.version.issue.slug, "version": one.version.number, "subject": one.version.subject,
        "digest": one.digest or one.version.digest, "from": one.sender.email,
        "lists": sorted(each.slug for each in one.lists.all()), "segment": one.segment.slug if one.segment else None,
        "recipients": one.recipients, "attempt_size": one.attempt_size, "scheduled_at": one.scheduled_at, "zone": one.zone,
        "each_zone": one.local_time, "strict": one.strict, "override": one.override,
        "created_at": one.created_at, "started_at": one.started_at, "finished_at": one.finished_at,
    }  # fmt: skip


def forecast(one: models.Campaign) -> list[dict[str, Any]]:
    """The issue's variants, and how many would get each as of now; or will, where the campaign is scheduled."""
    return [asdict(line) for line in choosing.forecast_of(one)]


def hold_words(reason: str, detail: str = "") -> str:
    """Why the system holds a campaign, and what releases it."""
    return f"held: {held_text(reason)} {output.visible(detail)}".rstrip()


@click.command()
@ISSUE
@click.option("--list", "slugs", metavar="LIST", multiple=True, required=True, help="To whom; may be repeated.")
@click.option("--segment", "segment_slug", metavar="SEGMENT", default="", help="Only those of the lists whom it describes.")
@click.option("--from", "email", metavar="EMAIL", required=True, help="The sender: mailroom sender ls.")
@click.option("--name", default="", help="What staff call it; without one, the subject.")
@WITH_ERRORS
@STRICT
@with_json
@house.inside
def create(
    folder: Path, slugs: tuple[str, ...], segment_slug: str, email: str, name: str, with_errors: bool, strict: bool | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Make a draft campaign of the issue as it is now. Nothing is sent before `schedule` or `send`.

    Example: mailroom campaign create --issue issues/2026-12 --list news --from news@example.org
    """
    actor = house.actor()
    chosen = [lists.find_list(slug) for slug in slugs]
    sender = senders.find_sender(email)
    segment = segments.find(segment_slug) if segment_slug else None
    version, faults = _stored(folder, with_errors)
    made = launch.create(actor, version=version, lists=chosen, sender=sender, segment=segment, name=name)
    if strict is not None:
        launch.set_strict(house.actor(), made.pk, strict)
    _tell_draft(made.pk, faults, as_json)


def _stored(folder: Path, with_errors: bool) -> tuple[IssueVersion, bool]:
    """The folder as a version of its issue, and whether checks find errors in it; with errors only where they are meant."""
    with output.busy("Composing"):
        version, composed, _ = issues.store(house.actor(), folder)
    faults = [finding for finding in checks.levelled(composed.findings) if finding.level == "error"]
    for finding in faults:
        output.note(f"error: {finding}")
    if faults and not with_errors:
        way_out = "correct it and try again; or, where they are meant, once more with --with-errors, then: campaign override"
        raise Refused(f"the issue has {output.count(len(faults), 'error')} and may not be sent", way_out)
    return version, bool(faults)


def _tell_draft(campaign_id: int, faults: bool, as_json: bool) -> None:
    one = find(campaign_id)
    document = describe(one) | {"mailable": mailable(one), "variants": forecast(one)}
    output.show(document, as_json, lambda: _say_draft(document, faults))


def mailable(one: models.Campaign) -> int:
    """To how many it would go now; a scheduled campaign keeps the segment as it was when it was scheduled."""
    return recipients.count(list(one.lists.all()), choosing.segment_of(one))


def _say_draft(document: dict[str, Any], faults: bool) -> None:
    output.say(f"campaign {document['campaign']}: “{output.visible(document['subject'])}” from {document['from']}")
    output.say(f"version {document['version']} of {document['issue']}; what is written in the folder later is not in it")
    output.say(f"to {output.count(document['mailable'], 'recipient')} as of now")
    variants.tell(document["variants"], "recipients")
    output.say(f"next: mailroom campaign test {document['campaign']} ADDRESS")
    if faults:
        output.say(f"before it is sent: mailroom campaign override {document['campaign']} --by NAME --reason TEXT")


@click.command()
@WHICH
@ISSUE
@WITH_ERRORS
@with_json
@house.inside
def update(campaign_id: int, folder: Path, with_errors: bool, as_json: bool) -> None:
    """Put the issue as it is now into a draft, which keeps sending what it was made of until then.

    Example: mailroom campaign update 7 --issue issues/2026-12
    """
    guards.require_draft(find(campaign_id))
    version, faults = _stored(folder, with_errors)
    launch.replace_version(house.actor(), campaign_id, version)
    _tell_draft(campaign_id, faults, as_json)


@click.command()
@WHICH
@click.argument("address")
@click.option("--variant", "number", metavar="N", type=click.IntRange(0), default=0, help="Of an issue with several: this one.")
@click.option("--language", metavar="TAG", default="", help="That of a reader of this language of whom nothing else is known.")
@with_json
@house.inside
def test(campaign_id: int, address: str, number: int, language: str, as_json: bool) -> None:
    """Send the campaign's mail to one ADDRESS of yours, marked [Test]; it counts nowhere.

    Example: mailroom campaign test 7 editor@example.org --language zh-CN
    """
    if language and number:
        raise click.UsageError("--variant and --language name a variant each; give one of them")
    one = find(campaign_id)
    number = choosing.of_language(one.version, language) if language else number
    owed = launch.send_test(house.actor(), one.version, one.sender, address, variant=number, campaign=one)
    house.wake("send_singles")
    document = {"campaign": one.pk, "test": owed.pk, "address": owed.address, "variant": number, "state": owed.state}
    what = f" of variant {number}" if number else ""
    output.show(document, as_json, lambda: output.say(f"A test mail{what} to {owed.address} is under way."))


@click.command()
@WHICH
@click.option("--at", "at", metavar="TIME", help='Such as "2026-11-25 09:00", up to a year ahead; without it, now.')
@click.option("--zone", metavar="ZONE", default="", help="Time zone of --at; without it, the publication's.")
@click.option("--each-zone", is_flag=True, help="At that hour in each recipient's own zone; in --zone where it is not known.")
@STRICT
@with_yes
@with_json
@house.inside
def schedule(campaign_id: int, at: str | None, zone: str, each_zone: bool, strict: bool | None, yes: bool, as_json: bool) -> None:
    """Send at a time what the draft holds. Whoever joins or leaves the list until then is taken into account.

    Example: mailroom campaign schedule 7 --at "2026-11-25 09:00" --zone Asia/Shanghai
    """
    one = find(campaign_id)
    place = zone or installation.publication().zone
    if each_zone:
        if not at:
            raise Refused("--each-zone needs an hour", 'add --at "2026-11-25 09:00"')
        _schedule_each_zone(one, at, place, strict, yes, as_json)
        return
    due = launch.moment(at, place) if at else None
    when = f"at {at} {place} ({due:%Y-%m-%d %H:%M} UTC)" if due else "now"
    _ask(one, f"Send {when}?", yes)
    moved = launch.schedule(house.actor(), one.pk, due, zone=place, local=at or "", strict=strict)
    _tell_scheduled(one.pk, f"{moved.scheduled_at:%Y-%m-%d %H:%M} UTC" if due else "now", as_json)


def _schedule_each_zone(one: models.Campaign, at: str, place: str, strict: bool | None, yes: bool, as_json: bool) -> None:
    if one.state == "draft":
        first = launch.first_of_each_zone(one, at, place)
        question = f"Send at {at} in each recipient's zone ({place} where it is not known), first at {first:%Y-%m-%d %H:%M} UTC?"
        _ask(one, question, yes)
    launch.schedule_each_zone(house.actor(), one.pk, at, zone=place, strict=strict)
    _tell_scheduled(one.pk, f"{at} in each recipient's own zone", as_json)


@click.command()
@WHICH
@STRICT
@with_yes
@with_json
@house.inside
def send(campaign_id: int, strict: bool | None, yes: bool, as_json: bool) -> None:
    """Send now.

    Example: mailroom campaign send 7
    """
    one = find(campaign_id)
    _ask(one, "Send now?", yes)
    launch.schedule(house.actor(), one.pk, strict=strict)
    _tell_scheduled(one.pk, "now", as_json)


def _ask(one: models.Campaign, question: str, yes: bool) -> None:
    """What would be sent to whom, before the question; what is no draft is refused without one."""
    if not yes and one.state == "draft":
        narrowed = f", segment {one.segment.slug}" if one.segment else ""
        output.note(f"“{output.visible(one.version.subject)}” from {one.sender.email}")
        output.note(
            f"version {one.version.number} of {one.version.issue.slug}, stored {one.version.created_at:%Y-%m-%d %H:%M} UTC"
        )
        current = one.version.issue.current
        if current is not None and current.pk != one.version.pk:
            output.note(f"version {current.number} is stored since; to send it: mailroom campaign update {one.pk} --issue DIR")
        output.note(
            f"to {output.count(mailable(one), 'recipient')} on {', '.join(each.slug for each in one.lists.all())}{narrowed}"
        )
        variants.note(forecast(one))
        output.ask(question, yes)


def _tell_scheduled(campaign_id: int, when: str, as_json: bool) -> None:
    house.wake("pump")
    one = find(campaign_id)
    document = describe(one) | {"variants": forecast(one)}
    words = f"Campaign {campaign_id} is scheduled for {when}; mailroom campaign watch {campaign_id} follows it."
    if len(document["variants"]) > 1:
        words += (
            f" Its issue has {len(document['variants'])} variants; mailroom campaign show {campaign_id} tells who gets which."
        )
    output.show(document, as_json, lambda: output.say(words))


@click.command()
@WHICH
@with_json
@house.inside
def unschedule(campaign_id: int, as_json: bool) -> None:
    """Take a scheduled campaign back to a draft.

    Example: mailroom campaign unschedule 7
    """
    launch.unschedule(house.actor(), find(campaign_id).pk)
    _tell_moved(campaign_id, as_json, f"Campaign {campaign_id} is a draft again.")


@click.command()
@WHICH
@with_json
@house.inside
def pause(campaign_id: int, as_json: bool) -> None:
    """Stop sending until `resume`. Requests under way at this moment still go out.

    Example: mailroom campaign pause 7
    """
    launch.pause(house.actor(), find(campaign_id).pk)
    words = f"Campaign {campaign_id} is paused; mailroom campaign resume {campaign_id} goes on."
    kept = recall.with_provider(campaign_id)
    if kept:
        people = output.count(kept.recallable + kept.leaving, "recipient")
        words += f" The provider has the mail of {people} already and releases it at its hour; only cancel takes it back."
    _tell_moved(campaign_id, as_json, words)


@click.command()
@WHICH
@with_yes
@with_json
@house.inside
def resume(campaign_id: int, yes: bool, as_json: bool) -> None:
    """Go on with a campaign that is paused, or held by the system: then the reason is shown first.

    Example: mailroom campaign resume 7
    """
    one = find(campaign_id)
    if one.state == "held":
        output.note(hold_words(one.held_reason, one.held_detail))
        output.ask("Go on?", yes)
    launch.resume(house.actor(), campaign_id)
    house.wake("pump")
    _tell_moved(campaign_id, as_json, f"Campaign {campaign_id} goes on.")


@click.command()
@WHICH
@with_yes
@with_json
@house.inside
def cancel(campaign_id: int, yes: bool, as_json: bool) -> None:
    """Stop for good: whoever has not been mailed yet will not be. It cannot be undone.

    Example: mailroom campaign cancel 7
    """
    one = find(campaign_id)
    total = f" ({output.count(one.recipients, 'recipient')} in all)" if one.recipients is not None else ""
    if not yes and (kept := recall.with_provider(campaign_id)):
        output.note(f"the provider keeps mail for later: of {output.count(kept.recallable, 'recipient')} it can be taken back")
        output.note(f"of {output.count(kept.leaving, 'recipient')} it cannot: it leaves within about ten minutes")
    output.ask(f"Cancel campaign {campaign_id} “{output.visible(one.name)}”, {one.state}{total}, for good?", yes)
    launch.cancel(house.actor(), campaign_id)
    house.wake("pump")
    words = f"Campaign {campaign_id} is cancelled; mailroom campaign report {campaign_id} tells how far it was."
    if kept := recall.with_provider(campaign_id):
        people = output.count(kept.recallable, "recipient")
        words += f" The worker now takes back the mail of {people}; mailroom campaign show {campaign_id} tells when it has."
        if kept.leaving:
            words += f" That of {output.count(kept.leaving, 'recipient')} leaves within about ten minutes, too late to take back."
    _tell_moved(campaign_id, as_json, words)


@click.command()
@WHICH
@with_yes
@with_json
@house.inside
def delete(campaign_id: int, yes: bool, as_json: bool) -> None:
    """Delete a draft. The issue that it was made of stays stored; campaigns that were sent or cancelled stay on record.

    Example: mailroom campaign delete 7
    """
    one = find(campaign_id)
    guards.require_draft(one)
    output.ask(f"Delete the draft {campaign_id} “{output.visible(one.name)}”?", yes)
    removing.delete_campaign(house.actor(), campaign_id)
    output.show(
        {"campaign": campaign_id, "deleted": True}, as_json, lambda: output.say(f"The draft {campaign_id} is deleted.")
    )  # fmt: skip


def _tell_moved(campaign_id: int, as_json: bool, words: str) -> None:
    output.show(describe(find(campaign_id)), as_json, lambda: output.say(words))
