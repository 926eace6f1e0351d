"""What each role may do, in words, and who has it."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from publication import policies
from publication.installation import publication
from web.console.settings.sections import show_settings
from web.texts.settings import policy_texts, role_texts


def roles(request: HttpRequest) -> HttpResponse:
    """Everybody may know what roles may do; who has them, those who may see the accounts."""
    row = publication()
    sees_accounts = request.user.has_perm("auth.view_user")
    people: dict[str, list[str]] = {}
    for account in User.objects.filter(is_staff=True, is_active=True).order_by("username").prefetch_related("groups"):
        for role in ["full access"] if account.is_superuser else [group.name for group in account.groups.all()]:
            people.setdefault(role, []).append(account.username)
    explained = role_texts.explained(policies.choice("see_addresses", row))
    return show_settings(
        request, "roles.html", approvals=policy_texts.sentence("approvals", policies.value("approvals", row)),
        roles=[(title, may, people.get(role, [])) for role, title, may in explained], superusers=people.get("full access", []),
        sees_accounts=sees_accounts,
    )  # fmt: skip
