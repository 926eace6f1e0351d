"""Plans which suppressions the provider learns of: complaints and decisions of staff, as global unsubscribes, each once.

Bounces stay here: the provider finds its own. Domains, erased people and suppressions with an end stay here too, because the
provider's list has no domains and no end.
"""

from campaigns.provider_lists import list_changes
from campaigns.suppression_sync import sync_sql
from publication.models import Actor
from subscribers.models import Suppression
from transport.provider_lists import ProviderList

PUSHED = (Suppression.Reason.COMPLAINT, Suppression.Reason.MANUAL)
AT_ONCE = 5000


def plan_pushes(actor: Actor) -> int:
    """Plan up to AT_ONCE additions; returns how many. Call it until it returns 0."""
    rows = sync_sql.list_unpushed([str(reason) for reason in PUSHED], ProviderList.UNSUBSCRIBES, AT_ONCE)
    return list_changes.plan_additions(actor, rows)


def count_unpushed() -> int:
    """How many `plan_pushes` would plan in all."""
    return len(sync_sql.list_unpushed([str(reason) for reason in PUSHED], ProviderList.UNSUBSCRIBES, 10_000_000))
