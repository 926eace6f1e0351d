"""The rules by subject. Importing a module registers its rules; findings of the same place are listed in this order."""

# isort: off
from composer.preflight.rules import contrast  # noqa: F401
from composer.preflight.rules import html_structure  # noqa: F401
from composer.preflight.rules import accessibility  # noqa: F401
from composer.preflight.rules import outlook_layout  # noqa: F401
from composer.preflight.rules import layout_css  # noqa: F401
from composer.preflight.rules import image_rules  # noqa: F401
from composer.preflight.rules import size_rules  # noqa: F401
from composer.preflight.rules import digest_rules  # noqa: F401
from composer.preflight.rules import phone_rules  # noqa: F401
from composer.preflight.rules import client_support  # noqa: F401
from composer.preflight.rules import link_rules  # noqa: F401
from composer.preflight.rules import subject_and_text  # noqa: F401
