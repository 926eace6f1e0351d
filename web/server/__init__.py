"""The web server: waitress, with a thread pool for each kind of caller and a graceful shutdown.

`python -m web.server` starts it, for `mailroom up` and in production alike. Why waitress: docs/decisions/web-server.md.
"""
