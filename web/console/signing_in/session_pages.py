"""The list of a person's own sessions."""

from allauth.usersessions.views import ListUserSessionsView

from web.console.signing_in.second_factor_pages import AccountPage


class Sessions(AccountPage, ListUserSessionsView):
    """POST ends all other sessions."""

    template_name = "console/account/sessions.html"


sessions = Sessions.as_view()
