"""A temporary password for somebody without mail: the page says what it means, makes one, and shows it once."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.debug import sensitive_variables

from publication.staff import session_epochs
from publication.staff.accounts import StaffAccountError
from publication.staff.passwords import temporary_passwords
from web.console.console_page import actor_of, show
from web.texts import refusal_texts


@sensitive_variables("password")
def new_password(request: HttpRequest, account_id: int) -> HttpResponse:
    """GET asks; POST makes the password and shows it. It is in no other answer: loading this one again makes no second one."""
    person = get_object_or_404(User, pk=account_id, is_staff=True)
    if request.method != "POST":
        return _ask(request, person)
    try:
        epoch = int(request.POST.get("epoch", "")[:18])
        password = temporary_passwords.make(actor_of(request), person.username, epoch=epoch)
    except ValueError:
        return _ask(request, person, 422)
    except StaffAccountError as refused:
        return _ask(request, person, 422, refusal_texts.refusal(refused))
    made = temporary_passwords.of_account(person.pk)
    return show(
        request, "console/settings/new_password_made.html", person=person, password=password,
        expires_at=made.expires_at if made else None,
    )  # fmt: skip


def _ask(request: HttpRequest, person: User, status: int = 200, fault: str = "") -> HttpResponse:
    return show(
        request, "console/settings/new_password.html", status, person=person, fault=fault,
        epoch=session_epochs.epoch_of(person.pk), may_make=temporary_passwords.may_have_one(actor_of(request), person),
        days=temporary_passwords.VALID_FOR.days, waiting=temporary_passwords.of_account(person.pk),
    )  # fmt: skip
