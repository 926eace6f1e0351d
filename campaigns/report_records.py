"""Records of links to a campaign's report. `campaigns.models` makes them known to Django."""

from django.db import models

from publication.models import Actor


class ReportLink(models.Model):
    """A link to the numbers of one campaign, for somebody without an account. Its token is made from its id and creation."""

    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.PROTECT, related_name="report_links")
    name = models.TextField(help_text="whom it is for")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "report_link"
