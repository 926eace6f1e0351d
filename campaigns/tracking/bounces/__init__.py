"""Why a mail bounced, and what follows: suppress, count, or raise an alarm (docs/bounces.md)."""
