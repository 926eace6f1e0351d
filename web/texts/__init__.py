"""Translated texts for codes and stored texts: states, reasons, refusals, details of a hold."""
