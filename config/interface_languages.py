"""The languages of pages, of mails to staff, and of what people get as a page. Forms, commands and tests take them from here."""

from __future__ import annotations

LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}  # BCP 47 tag -> the language's own name
CODES = tuple(tag.lower() for tag in LANGUAGES)  # as Django, cookies and URLs write them
