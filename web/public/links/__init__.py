"""Pages behind a signed link in a mail: unsubscribe, confirm, view in browser."""
