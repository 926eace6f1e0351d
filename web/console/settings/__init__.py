"""Pages of settings: the publication, its senders, and the provider."""
