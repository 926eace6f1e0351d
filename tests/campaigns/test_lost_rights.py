"""What a blocked, demoted or deleted account handed out ends with its rights; scheduled campaigns that rely on it are named."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from campaigns import launch, launch_checks
from campaigns.launch_guards import CampaignActionError
from campaigns.lost_rights import what_ends
from campaigns.models import Campaign
from campaigns.sending import schedule as due
from campaigns.states import hold_campaign, move_campaign
from editorial.models import Decision, IssueRecord, Review, ReviewRequest, WithdrawnDecision
from editorial.review import decisions, open_reviews, review_links
from editorial.review.review_links import ReviewLinkError
from publication import audit, clock
from publication.models import Actor, Audit, Invitation, StaffMail
from publication.staff import accounts, invitations, roles, staff_links, staff_mails
from publication.staff.invitations import InvitationError
from publication.staff.lost_rights import CampaignChoice
from tests.campaigns.test_launch_checks import find
from tests.support.reviewing import account, make_campaign, need
from tests.support.variations import first
from tests.support.waiting import somebody_waits, wait_until

pytestmark = pytest.mark.django_db
EVERY_ROLE = ("admin", "publisher", "proofreader", "override-checks")
# How an account loses all its rights.
LOSSES: dict[str, Callable[..., object]] = {
    "blocked": lambda actor, name, **more: accounts.disable_staff(actor, name, **more),
    "demoted": lambda actor, name, **more: accounts.change_roles(actor, name, ["auditor"], **more),
    "deleted": lambda actor, name, **more: accounts.delete_staff(actor, name, **more),
}


@pytest.fixture
def campaign(db) -> Campaign:
    """A draft; two accounts may do everything that roles allow: `mallory` loses that, `boss` stays."""
    for name in ("boss", "mallory"):
        account(name, "admin").user.groups.set(roles.groups(EVERY_ROLE))
    return make_campaign()


def mallory() -> Actor:
    return audit.staff(User.objects.get(username="mallory"))


def boss() -> Actor:
    return audit.staff(User.objects.get(username="boss"))


def later():
    return clock.now() + timedelta(hours=1)


def schedule(campaign: Campaign) -> None:
    launch.schedule(audit.system(), campaign.pk, later())


# --------------------------------------------------------------------------------------------------------------- attacks
@pytest.mark.parametrize("loss", first(LOSSES))
def test_an_invitation_of_an_account_without_its_rights_makes_no_account(campaign, loss):
    invitation = invitations.invite(mallory(), "second@mallory.example", ["admin", "publisher"])
    others = invitations.invite(boss(), "li@cast.example", ["author"])
    LOSSES[loss](boss(), "mallory")
    with pytest.raises(InvitationError, match="gone"):
        invitations.accept(staff_links.invitation_token(invitation), "mallory2", "correct horse battery")
    assert not staff_mails.is_wanted(StaffMail.objects.get(invitation=invitation))
    assert invitations.open_ones() == [others]
    assert Audit.objects.filter(verb="revoke_invitation", object_id=invitation.pk, actor=boss()).exists()


@pytest.mark.parametrize("loss", first(LOSSES))
def test_commenting_and_approving_links_of_an_account_without_its_rights_stop(campaign, loss):
    comment = review_links.create(mallory(), campaign.version, "For a friend")
    approve = review_links.create_approving(mallory(), campaign.version, "Director", "second@mallory.example")
    review_links.ask_code(approve)
    LOSSES[loss](boss(), "mallory")
    assert [review_links.find(review_links.token_of(link)) for link in (comment, approve)] == [None, None]
    with pytest.raises(ReviewLinkError, match="ended"):
        review_links.comment(comment, "Friend", "Still here.")
    with pytest.raises(ReviewLinkError, match="ended"):
        review_links.decide(approve, "000000", Decision.Kind.APPROVE, "", "192.0.2.1")
    assert all(review_links.of_mail(mail) is None for mail in StaffMail.objects.filter(parameters__link=str(approve.pk)))


@pytest.mark.parametrize("loss", first(LOSSES))
@pytest.mark.parametrize("through", ["account", "link"])
def test_approvals_of_an_account_without_its_rights_count_no_more_not_even_when_it_gets_them_back(campaign, loss, through):
    need(1)
    if through == "account":
        decisions.approve(mallory(), campaign.version)
    else:
        link = review_links.create_approving(mallory(), campaign.version, "Director", "second@mallory.example")
        decisions.approve(review_links.guest_of(link), campaign.version, link=link)
    LOSSES[loss](boss(), "mallory")
    with pytest.raises(CampaignActionError, match="not-asked"):
        schedule(campaign)
    if loss == "blocked":
        accounts.enable_staff(boss(), "mallory")
    elif loss == "demoted":
        accounts.change_roles(boss(), "mallory", EVERY_ROLE)
    with pytest.raises(CampaignActionError, match="not-asked"):
        schedule(campaign)
    standing = decisions.standing(campaign.version)
    assert (standing.approvals, len(standing.withdrawn)) == ((), 1)
    if loss != "deleted":
        decisions.approve(mallory(), campaign.version)  # a new approval counts
        schedule(campaign)


@pytest.mark.parametrize("loss", first(LOSSES))
def test_what_an_account_without_its_rights_wanted_changed_stops_nothing(campaign, loss):
    decisions.request_changes(mallory(), campaign.version, "The date is wrong.")
    LOSSES[loss](boss(), "mallory")
    schedule(campaign)


def test_what_a_guest_of_a_blocked_account_wanted_changed_still_stops_the_campaign(campaign):
    link = review_links.create_approving(mallory(), campaign.version, "Director", "director@board.example")
    decisions.request_changes(review_links.guest_of(link), campaign.version, "The date is wrong.", link=link)
    accounts.disable_staff(boss(), "mallory")
    with pytest.raises(CampaignActionError, match="changes"):
        schedule(campaign)


def test_an_error_that_a_blocked_account_overrode_prevents_sending_again(campaign):
    find(campaign, "contrast")
    launch_checks.override_checks(mallory(), campaign.pk, "It is only the logo.")
    accounts.disable_staff(boss(), "mallory")
    with pytest.raises(CampaignActionError, match="issue-errors"):
        schedule(campaign)


def test_each_account_answers_for_the_errors_that_it_overrode(campaign):
    find(campaign, "contrast")
    launch_checks.override_checks(mallory(), campaign.pk, "It is only the logo.")
    find(campaign, "contrast", "link-text")
    other = account("wei", "publisher")
    other.user.groups.set(roles.groups(("publisher", "override-checks")))
    launch_checks.override_checks(audit.staff(User.objects.get(username="wei")), campaign.pk, "They are names.")
    campaign.refresh_from_db()
    overrides = launch_checks.overrides_of(campaign.override)
    assert [(override["by"], override["codes"]) for override in overrides] == [("mallory", ["contrast"]), ("wei", ["link-text"])]
    assert launch_checks.standing_faults(campaign) == ()
    accounts.disable_staff(boss(), "mallory")
    campaign.refresh_from_db()
    assert [fault.code for fault in launch_checks.standing_faults(campaign)] == ["contrast"]
    accounts.disable_staff(boss(), "wei")
    campaign.refresh_from_db()
    assert campaign.override == {}


@pytest.mark.parametrize("kept", ["publisher", "editor"])
def test_a_demotion_ends_only_what_the_account_could_not_hand_out_any_more(campaign, kept):
    need(1)
    invitation = invitations.invite(mallory(), "li@cast.example", ["author"])
    comment = review_links.create(mallory(), campaign.version, "For the board")
    approve = review_links.create_approving(mallory(), campaign.version, "Director", "director@board.example")
    decisions.approve(mallory(), campaign.version)
    accounts.change_roles(boss(), "mallory", [kept])
    invitation.refresh_from_db()
    assert invitation.ended_at is not None
    assert review_links.find(review_links.token_of(comment)) == comment
    assert (review_links.find(review_links.token_of(approve)) == approve) is (kept == "publisher")
    assert bool(decisions.standing(campaign.version).approvals) is (kept == "publisher")


# ------------------------------------------------------------------------------------------------------------- campaigns
@pytest.mark.parametrize("loss", first(LOSSES))
def test_a_scheduled_campaign_that_relies_on_the_account_is_kept_or_becomes_a_draft_and_somebody_says_which(campaign, loss):
    need(1)
    decisions.approve(mallory(), campaign.version)
    schedule(campaign)
    with pytest.raises(CampaignActionError) as refused:
        LOSSES[loss](boss(), "mallory")
    assert (refused.value.code, refused.value.params["campaigns"]) == ("undecided", [f"{campaign.pk} “{campaign.name}”"])
    assert User.objects.filter(username="mallory", is_active=True).exists(), "nothing was done"
    assert decisions.standing(campaign.version).approvals
    LOSSES[loss](boss(), "mallory", choices={campaign.pk: CampaignChoice.DRAFT})
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    with pytest.raises(CampaignActionError, match="not-asked"):
        schedule(campaign)


def test_a_campaign_that_is_kept_goes_out_with_the_approvals_that_it_had(campaign):
    need(1)
    decisions.approve(mallory(), campaign.version)
    schedule(campaign)
    accounts.disable_staff(boss(), "mallory", choices={campaign.pk: CampaignChoice.KEEP})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approvals.count()) == ("scheduled", 1)
    accounts.delete_staff(boss(), "mallory")  # what was kept is not asked about again


@pytest.mark.parametrize("choice", CampaignChoice)
def test_a_campaign_on_hold_that_has_not_begun_is_kept_or_becomes_a_draft_too(campaign, choice):
    need(1)
    decisions.approve(mallory(), campaign.version)
    schedule(campaign)
    hold_campaign(audit.system(), campaign.pk, "quarantine")
    with pytest.raises(CampaignActionError, match="undecided"):
        accounts.disable_staff(boss(), "mallory")
    accounts.disable_staff(boss(), "mallory", choices={campaign.pk: choice})
    if choice == CampaignChoice.KEEP:
        launch.resume(boss(), campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approvals.count()) == (("scheduled", 1) if choice == CampaignChoice.KEEP else ("draft", 0))


def test_a_campaign_whose_approvals_were_withdrawn_without_a_choice_begins_only_with_others(campaign):
    need(1)
    made = decisions.approve(mallory(), campaign.version)
    launch.schedule(boss(), campaign.pk)
    WithdrawnDecision.objects.create(decision=made, actor=boss())
    assert due.start_due() == []
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason, campaign.held_detail) == ("held", "approvals", "given by mallory")
    with pytest.raises(CampaignActionError, match="not-asked"):
        launch.resume(boss(), campaign.pk)
    other = decisions.approve(account("wei", "proofreader"), campaign.version)
    assert launch.resume(boss(), campaign.pk).state == "filling"
    assert [*campaign.approvals.all()] == [other]


def test_a_campaign_that_is_being_sent_goes_on(campaign):
    need(1)
    decisions.approve(mallory(), campaign.version)
    launch.schedule(mallory(), campaign.pk)
    assert due.start_due() == [campaign.pk]
    accounts.disable_staff(boss(), "mallory")
    campaign.refresh_from_db()
    assert campaign.state == "filling"


def test_what_ends_is_named_before_it_is_done(campaign):
    need(1)
    invitation = invitations.invite(mallory(), "li@cast.example", ["author"])
    link = review_links.create(mallory(), campaign.version, "For the board")
    made = decisions.approve(mallory(), campaign.version)
    user = mallory().user
    ending = what_ends.ending(user)
    assert ([*ending.invitations], [*ending.links], [*ending.approvals]) == ([invitation], [link], [made])
    assert ending.campaigns == ()
    launch.schedule(mallory(), campaign.pk, later())
    (affected,) = what_ends.ending(user).campaigns
    assert (affected.campaign, affected.reasons) == (campaign, ("approval", "scheduled"))
    assert what_ends.ending(user, EVERY_ROLE).is_empty
    assert [waiting.reasons for waiting in what_ends.ending(user, ["proofreader"]).campaigns] == [("scheduled",)]


def test_a_campaign_relies_on_the_person_who_scheduled_or_resumed_it_last_whatever_the_system_did_since(campaign):
    def relies_on() -> list[str]:
        accounts_ = (mallory().user, boss().user)
        return [user_.username for user_ in accounts_ if what_ends.ending(user_).campaigns]

    launch.schedule(boss(), campaign.pk, later())
    launch.reschedule(mallory(), campaign.pk, later())
    assert relies_on() == ["mallory"]
    hold_campaign(audit.system(), campaign.pk, "quarantine")
    assert relies_on() == ["mallory"]
    move_campaign(audit.system(), campaign.pk, "scheduled", sources=["held"])
    assert relies_on() == ["mallory"]
    hold_campaign(audit.system(), campaign.pk, "quarantine")
    launch.resume(boss(), campaign.pk)
    assert relies_on() == ["boss"]
    launch.unschedule(mallory(), campaign.pk)
    assert relies_on() == []


# ----------------------------------------------------------------------------------------------------------------- races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("deed", "refusal"),
    first([
        *[(deed, "permission") for deed in ("invite", "link", "approve", "override", "override by command")],
        *[(deed, "rights") for deed in ("schedule", "reschedule", "sender", "resume")],
    ], 3),
)  # fmt: skip
def test_who_is_being_blocked_hands_out_nothing_at_the_last_moment(campaign, deed, refusal):
    actor, ended = mallory(), []
    actor.user.has_perm("")  # reads the permissions that the account still has
    if "override" in deed:
        find(campaign, "contrast")
    elif deed in {"reschedule", "sender", "resume"}:
        schedule(campaign)
    if deed == "resume":
        hold_campaign(audit.system(), campaign.pk, "quarantine")
    campaign.refresh_from_db()
    before = (campaign.state, campaign.scheduled_at)
    deeds: dict[str, Callable[[], object]] = {
        "invite": lambda: invitations.invite(actor, "second@mallory.example", ["admin"]),
        "link": lambda: review_links.create(actor, campaign.version, "For a friend"),
        "approve": lambda: decisions.approve(actor, campaign.version),
        "override": lambda: launch_checks.override_checks(actor, campaign.pk, "It is fine."),
        "override by command": lambda: launch_checks.override_checks(
            audit.command_line(), campaign.pk, "It is fine.", actor.user
        ),
        "schedule": lambda: launch.schedule(actor, campaign.pk, later()),
        "reschedule": lambda: launch.reschedule(actor, campaign.pk, later()),
        "sender": lambda: launch.change_sender(actor, campaign.pk, campaign.sender),
        "resume": lambda: launch.resume(actor, campaign.pk),
    }

    def act() -> None:
        try:
            deeds[deed]()
            ended.append("done")
        except (InvitationError, ReviewLinkError, decisions.DecisionError, CampaignActionError) as fault:
            ended.append(fault.code)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    with transaction.atomic():
        accounts.disable_staff(boss(), "mallory")
        thread.start()
        wait_until(lambda: somebody_waits() or bool(ended))
    thread.join(30)
    assert ended == [refusal]
    assert not Invitation.objects.exists()
    campaign.refresh_from_db()
    assert ((campaign.state, campaign.scheduled_at), campaign.override) == (before, {})


@pytest.mark.django_db(transaction=True)
def test_a_campaign_that_is_being_scheduled_while_its_approver_is_blocked_is_named(campaign):
    need(1)
    decisions.approve(mallory(), campaign.version)
    ended = []

    def block() -> None:
        try:
            accounts.disable_staff(boss(), "mallory")
            ended.append("done")
        except CampaignActionError as refused:
            ended.append(refused.code)
        finally:
            connection.close()

    thread = threading.Thread(target=block)
    with transaction.atomic():
        schedule(campaign)
        thread.start()
        wait_until(somebody_waits)
    thread.join(30)
    assert ended == ["undecided"]


# ------------------------------------------------------------------------------------------------------------- relatives
def test_an_account_that_was_asked_for_reviews_can_be_deleted(campaign):
    wei = account("wei")
    review = Review.objects.create(version=campaign.version, actor=boss())
    ReviewRequest.objects.create(review=review, account=wei.user)
    accounts.delete_staff(boss(), "wei")
    assert open_reviews.waiting(campaign.version) == ()


def test_a_withdrawn_approval_is_no_answer_to_a_review(campaign):
    review = Review.objects.create(version=campaign.version, actor=boss())
    ReviewRequest.objects.create(review=review, account=mallory().user)
    decisions.approve(mallory(), campaign.version)
    accounts.disable_staff(boss(), "mallory")
    accounts.enable_staff(boss(), "mallory")
    assert open_reviews.waiting(campaign.version) == ("mallory",)
    assert open_reviews.approvers(campaign.version) == set()
    assert IssueRecord.objects.get(pk=campaign.version.issue_id).current_id == campaign.version_id
