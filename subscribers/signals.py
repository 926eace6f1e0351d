"""Signals for apps above this one, sent within the transaction of the change."""

from django.dispatch import Signal

# `address`: of the person. Whatever else holds that address forgets it.
person_erased = Signal()
