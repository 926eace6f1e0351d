"""Signals for the apps in layers above, sent in the transaction of the change."""

from django.dispatch import Signal

# `address`: the person's. Receivers delete the address from their own records.
person_erased = Signal()
# `key`, `reason`: a person's own new consent lifted their suppression. Receivers end what else keeps mail from them.
lifted_by_consent = Signal()
