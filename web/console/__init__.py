"""Pages for staff: server-rendered, one script file of our own, every URL behind a permission (web/urls.py)."""
