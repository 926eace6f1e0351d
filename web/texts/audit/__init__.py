"""Texts of the audit: a sentence for each verb, and the values that a line has."""
