"""What the tests of `mailroom campaign` share."""

import pytest

from tests.support import people


@pytest.fixture(autouse=True)
def _provider_key(settings) -> None:
    """Without a key, nothing may be scheduled."""
    settings.SENDGRID_API_KEY = "SG.test"


@pytest.fixture
def drafted(run):
    """A draft to 10 people, in batches of 4."""
    return people.make_campaign(10, attempt_size=4)
