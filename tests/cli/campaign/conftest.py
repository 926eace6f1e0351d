"""What the tests of `mailroom campaign` share."""

import pytest


@pytest.fixture(autouse=True)
def _provider_key(settings) -> None:
    """Without a key, nothing may be scheduled."""
    settings.SENDGRID_API_KEY = "SG.test"
