"""Ways to resolve uncertain recipients: a decision by staff, the policy `settle`, cancelling at the provider, restore checks."""
