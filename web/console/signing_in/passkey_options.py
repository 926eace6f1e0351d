"""The options of a passkey's creation or use, as an attribute of the page: no inline script may carry them."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


def as_json(options: dict[str, Any]) -> str:
    return json.dumps(options, cls=DjangoJSONEncoder)
