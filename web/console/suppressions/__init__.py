"""Pages of suppressions: addresses and domains that get no mail, and the lists of the provider."""
