"""Pages of settings: the publication, senders, the provider, policies, how long personal data is kept, what each role may do."""
