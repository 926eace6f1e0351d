"""The mail of a campaign whose answers lead to pages of this installation: each recipient has one value for all of them."""

from copy import copy

from composer.issue.merge_fields import ANSWER_URL, fill
from config import public_urls
from editorial.models import IssueVariant
from editorial.stored_variants import merge_fields

ANSWER_TAG = "-mr_answer-"  # the merge field in the addresses of answers; has the form of composer.issue.merge_fields.TAG


def answerable_mail(variant: IssueVariant) -> IssueVariant:
    """The variant as a campaign sends it: a copy, not to be saved. A variant without questions is returned as it is.

    The address is in the text that all recipients share, so each recipient's value is only a token.
    """
    addresses = {field.tag: public_urls.answer_url(ANSWER_TAG) for field in merge_fields(variant) if field.name == ANSWER_URL}
    if not addresses:
        return variant
    mail = copy(variant)
    mail.html, mail.text = fill(mail.html, addresses), fill(mail.text, addresses)
    return mail
