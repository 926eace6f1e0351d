"""Event webhooks: the format of events, and how they are signed and posted."""
