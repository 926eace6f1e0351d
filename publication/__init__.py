"""The newsletter as an organisation: its settings, who works for it, and what they did. The lowest Django app."""
