"""The WSGI application that `web.server` serves."""

import os

from django.core.wsgi import get_wsgi_application

from config import statement_limits

statement_limits.use(statement_limits.WEB)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
