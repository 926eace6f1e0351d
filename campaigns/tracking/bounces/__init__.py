"""Why a mail bounced and what follows: suppress the address, count the bounce, or raise an alarm (docs/bounces.md)."""
