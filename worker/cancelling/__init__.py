"""Cancels at the provider what it has accepted and not sent: uncertain attempts in strict mode, waves of a cancelled campaign."""
