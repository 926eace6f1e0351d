"""The form for name and password."""

from allauth.account.forms import LoginForm

from publication.staff.sign_in_limits import normal_name


class SignInForm(LoginForm):
    """The library's form with the field names that browsers' password stores have learned."""

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def clean_login(self) -> str:
        """Normalised in the same way as the limits."""
        return normal_name(self.cleaned_data["login"])
