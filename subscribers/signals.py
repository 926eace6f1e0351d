"""Signals for the apps in layers above, sent in the transaction of the change."""

from django.dispatch import Signal

# `address`: the person's. Receivers delete the address from their own records.
person_erased = Signal()
