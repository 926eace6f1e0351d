"""Readers of the mails, people and scanners: they follow links to this installation by real HTTP."""
