"""What must hold before a mail is sent: a table of rules, by subject, each with a code, levels and a place where it looks.

size, markup, outlook, look, words, pictures, targets, support: the rules. table: what a rule is. budget: how bytes are spent.
sending: what is asked of a campaign. levels: what a publication sets.
"""

from composer.preflight.levels import LEVEL_CHOICES, codes, levelled
from composer.preflight.rule_registry import LONGEST_NAME, RULES, Mail, Rule, inspect
from composer.preflight.rules import (  # noqa: F401  (enter their rules)
    client_support,
    contrast,
    html_structure,
    image_rules,
    link_rules,
    outlook_layout,
    size_rules,
    subject_and_text,
)
from composer.preflight.rules.size_rules import GMAIL_STYLE, GMAIL_STYLE_WARNS, GMAIL_WARNS
from composer.preflight.sending_rules import ADVERTISEMENT, HEADERS, inspect_headers, inspect_subject
from composer.preflight.size_budget import GMAIL_CLIPS, ArticleSize, Budget

__all__ = [
    "ADVERTISEMENT",
    "GMAIL_CLIPS",
    "GMAIL_STYLE",
    "GMAIL_STYLE_WARNS",
    "GMAIL_WARNS",
    "HEADERS",
    "LEVEL_CHOICES",
    "LONGEST_NAME",
    "RULES",
    "ArticleSize",
    "Budget",
    "Mail",
    "Rule",
    "codes",
    "inspect",
    "inspect_headers",
    "inspect_subject",
    "levelled",
]
