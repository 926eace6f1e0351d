"""Store invitations and mails to staff."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publication', '0005_staff_languages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(help_text='as typed; empty once it is forgotten')),
                ('roles', models.JSONField(default=list)),
                ('language', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(help_text='when it was used or revoked', null=True)),
                ('account', models.OneToOneField(help_text='made from it', null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'invitation',
            },
        ),
        migrations.CreateModel(
            name='StaffMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.TextField()),
                ('token', models.TextField(help_text='with purpose the key: the same request twice is one mail')),
                ('address', models.TextField()),
                ('parameters', models.JSONField(default=dict, help_text='what its template needs; no HTML')),
                ('state', models.TextField(choices=[('held', 'Held'), ('planned', 'Planned'), ('claimed', 'Claimed'), ('in_flight', 'In Flight'), ('accepted', 'Accepted'), ('unknown', 'Unknown'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='planned')),
                ('reason', models.TextField(blank=True, default='')),
                ('attempt', models.IntegerField(default=0)),
                ('not_before', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('gate_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('http_status', models.IntegerField(null=True)),
                ('message_id', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('invitation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='publication.invitation')),
            ],
            options={
                'db_table': 'staff_mail',
                'indexes': [models.Index(condition=models.Q(('state__in', ['planned', 'claimed', 'in_flight'])), fields=['id'], name='staff_mail_open')],
                'constraints': [models.UniqueConstraint(fields=('purpose', 'token'), name='staff_mail_once')],
            },
        ),
    ]
