"""The web: the console, public pages, the webhook, and the server itself."""
