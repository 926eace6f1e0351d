"""Decisions that do not count any more. Ends what accounts handed out that were blocked or deleted before this release."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone


def end(apps, schema_editor):
    Actor = apps.get_model("publication", "Actor")
    Decision = apps.get_model("editorial", "Decision")
    ReviewLink = apps.get_model("editorial", "ReviewLink")
    gone = Actor.objects.filter(Q(user=None) | Q(user__is_active=False), kind="staff").values("pk")
    ReviewLink.objects.filter(actor__in=gone, revoked_at=None).update(revoked_at=timezone.now(), code="")
    withdrawn = Decision.objects.filter(Q(actor__in=gone) | Q(link__actor__in=gone, kind="approve"))
    if withdrawn.exists():
        system, _ = Actor.objects.get_or_create(kind="system", name="mailroom")
        model = apps.get_model("editorial", "WithdrawnDecision")
        model.objects.bulk_create([model(decision=each, actor=system) for each in withdrawn], batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0011_issue_crops'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('publication', '0012_invitations_of_blocked_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='WithdrawnDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(help_text='who took the right away', on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawn', to='editorial.decision')),
            ],
            options={
                'db_table': 'withdrawn_decision',
            },
        ),
        migrations.AlterField(
            model_name='reviewrequest',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='review_requests', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(end, migrations.RunPython.noop),
    ]
