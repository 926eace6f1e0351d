"""What apps above this one are told, within the transaction in which it happens."""

from django.dispatch import Signal

# `address`: of the person. Whatever else holds that address forgets it.
person_erased = Signal()
