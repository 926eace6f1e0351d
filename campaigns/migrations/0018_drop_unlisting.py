"""Drop the table of removals from the provider's bounce list; `provider_list_change` has had its rows since 0014."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0017_lost_campaigns")]
    operations = [migrations.RunSQL("DROP TABLE unlisting", migrations.RunSQL.noop)]
