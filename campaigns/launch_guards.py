"""Shared guards of staff actions: find a campaign, or refuse with a code."""

from campaigns.models import Campaign, DeliveryLog
from publication.domain_errors import DomainError
from publication.models import Actor, Sender
from publication.staff.lost_rights import still_has


class CampaignActionError(DomainError):
    """The action is not possible with this campaign, or not now."""

    @property
    def is_about_state(self) -> bool:
        """Whether the campaign is in the wrong state, so that trying again with other values cannot help."""
        return self.code in {"state", "not-draft", "scheduled"}


def find_campaign(campaign_id: int, *, locked: bool = False) -> Campaign:
    """The campaign with its version, sender and segment; `locked` until the caller's transaction ends.

    Raises CampaignActionError.
    """
    matching = Campaign.objects.select_related("version__issue", "sender", "segment", "followed__version").filter(pk=campaign_id)
    campaign = (matching.select_for_update(of=("self",)) if locked else matching).first()
    if campaign is None:
        raise CampaignActionError("unknown", campaign=campaign_id)
    return campaign


def require_right(actor: Actor, permission: str) -> None:
    """Raise CampaignActionError if an account has lost this right, and lock the account until the caller's transaction ends.

    Call it before the campaign is locked, because blocking an account locks both in this order.
    """
    if actor.kind == Actor.Kind.STAFF and not still_has(actor, permission):
        raise CampaignActionError("rights", name=actor.name)


def require_confirmed(actor: Actor, sender: Sender) -> None:
    """Raise CampaignActionError if staff use a sender whose address waits for its confirmation.

    The administrator on the command line may: people who run the server also decide which addresses are ours.
    """
    if actor.kind == Actor.Kind.STAFF and sender.is_blocked:
        raise CampaignActionError("sender", email=sender.email)


def last_step(campaign_id: int) -> int:
    """The number of the newest line in the campaign's log; 0 if there is none. Another number: somebody changed the campaign."""
    lines = DeliveryLog.objects.filter(campaign_id=campaign_id).order_by("-id")
    return lines.values_list("id", flat=True).first() or 0


def require_draft(campaign: Campaign) -> None:
    """Raise CampaignActionError unless the campaign is a draft. Call it before checking anything else."""
    if campaign.state != "draft":
        raise not_a_draft(campaign)


def not_a_draft(campaign: Campaign) -> CampaignActionError:
    if campaign.state == "scheduled":
        return CampaignActionError("scheduled", campaign=campaign.pk, state=campaign.state, at=campaign.scheduled_at)
    return CampaignActionError("not-draft", campaign=campaign.pk, state=campaign.state)


def log(actor: Actor, campaign: Campaign, kind: str, **detail: object) -> None:
    """Log a staff action that does not change the campaign's state."""
    DeliveryLog.objects.create(kind=kind, campaign_id=campaign.pk, actor=actor, detail=detail)
