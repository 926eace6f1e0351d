"""The links of a version that are counted, and the mail of a campaign whose links lead through them."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from campaigns.models import Campaign, MeasuredLink
from composer.issue.merge_fields import without_tag
from composer.rendering import measured_links as rewriting
from config import public_urls
from editorial.models import IssueVariant, IssueVersion
from publication import policies
from publication.installation import publication
from subscribers.tokens import TokenMaker

OFF, ANONYMOUS, INDIVIDUAL = "off", "anonymous", "individual"
PICTURE = 0  # the position of the picture that counts opens
NOBODY = 0  # the subject of a value that names no person


def freeze(version: IssueVersion) -> dict[str, Any]:
    """What a campaign with this version measures by the policies of now, as values of its row. Stores the links if it does."""
    row = publication()
    measuring, opens = policies.choice("measuring", row), policies.choice("opens", row) == "on"
    if measuring != OFF or opens:
        _keep_links(version)
    return {"measuring": measuring, "opens": opens}


def _keep_links(version: IssueVersion) -> None:
    """Store the links of a version and the picture, once: the same version always has the same links."""
    IssueVersion.objects.select_for_update().get(pk=version.pk)  # another campaign may begin to measure it now
    if MeasuredLink.objects.filter(version_id=version.pk).exists():
        return
    rows = []
    for variant in version.variants.order_by("number"):
        texts: dict[str, str] = {}
        for link in rewriting.links_in(variant.html):
            texts[link.url] = texts.get(link.url) or link.text
        links = [("", ""), *texts.items()]
        rows += [
            MeasuredLink(version_id=version.pk, variant=variant.number, position=position, url=url, text=text[:200])
            for position, (url, text) in enumerate(links)
        ]
    MeasuredLink.objects.bulk_create(rows)


def value_of_nobody(campaign_id: int) -> str:
    """The value in the links of everybody who did not agree to be measured. It has the length of a person's value."""
    return without_tag(TokenMaker("click").make(campaign_id, NOBODY))


def measured_mail(campaign: Campaign, variant: IssueVariant) -> IssueVariant:
    """The variant as the campaign sends it: a copy, not to be saved. Where nothing is measured, the variant itself."""
    if campaign.measuring == OFF and not campaign.opens:
        return variant
    value = rewriting.CLICK_TAG if campaign.measuring == INDIVIDUAL else value_of_nobody(campaign.pk)
    picture, addresses = _addresses(variant, value)
    mail = copy(variant)
    if campaign.measuring != OFF:
        mail.html = rewriting.rewrite_html(mail.html, addresses)
        mail.text = rewriting.rewrite_text(mail.text, addresses)
    if campaign.opens:
        mail.html = rewriting.with_picture(mail.html, picture)
    return mail


def _addresses(variant: IssueVariant, value: str) -> tuple[str, Mapping[str, str]]:
    """The address of the picture, and destination -> the address that leads to it."""
    links = MeasuredLink.objects.filter(version_id=variant.version_id, variant=variant.number).order_by("position")
    picture, *others = [(link.url, link.pk) for link in links]
    return public_urls.open_url(picture[1], value), {url: public_urls.click_url(number, value) for url, number in others}
