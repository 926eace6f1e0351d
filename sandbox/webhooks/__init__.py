"""Event webhooks: what an event looks like, and how it is signed and posted."""
