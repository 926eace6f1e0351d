"""Signals for the apps in layers above, sent in the transaction of the change."""

from django.dispatch import Signal

# People are about to be erased, and are not locked yet. `subscriber_ids`: their records. Receivers lock what others lock before
# they lock people.
erasure_begins = Signal()
# People were erased. `people`: of each the last address, its hash, and the numbers of the record and those that were merged into
# it (consent.erasing.ErasedPerson). A receiver may return the hashes of earlier addresses of theirs; those are suppressed as
# erased, too.
people_erased = Signal()
# `subscriber_ids`: people who do not agree any more that their clicks are kept with their name. Receivers unlink what is stored.
measuring_withdrawn = Signal()
# `key`, `reason`: a person's own new consent lifted their suppression. Receivers end what else keeps mail from them.
lifted_by_consent = Signal()

# No text may quote these addresses any more, because people were erased or have only their other address now. `identifiers`:
# the data to look for (consent.text_erasure.PersonalIdentifiers). A receiver returns the texts that only staff can change
# (consent.text_erasure.QuotingText).
address_forgotten = Signal()

# All people are written to a file for another installation. A receiver returns {table: highest number that it ever gave}, for the
# tables whose numbers are in mails.
people_exported = Signal()
# `actor` has imported such a file, of an installation whose tables gave numbers up to `highest`.
people_imported = Signal()

# An import is to be undone. `subscriber_ids`, `since`: a receiver returns the ids of those of these people who have got mail, or
# are about to, since that moment.
mail_since = Signal()
