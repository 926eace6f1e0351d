"""The web server: waitress, with deadlines for slow clients, separate thread pools and an orderly end.

`python -m web.server` starts it, for `mailroom up` and in production alike. Why waitress: docs/decisions/web-server.md.
"""
