"""The publication, its staff, their sign-in limits and mails, the audit, and heartbeats.

The audit is append-only: a trigger rejects changes and deletions. Tables of other apps use its function.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE UNIQUE INDEX staff_address ON auth_user (lower(email)) WHERE email <> '';
INSERT INTO publication
    (id, name, zone, language, languages, postal_address, attribute_schema, policies, quarantine_reason, check_levels)
VALUES (1, 'Newsletter', 'UTC', 'en', '[]', '', '{}', '{}', '', '{}');
"""


class Migration(migrations.Migration):

    initial = True
    # A database at the last state of these is at this one.
    replaces = [
        ("publication", "0001_initial"),
        ("publication", "0002_append_only"),
        ("publication", "0003_check_levels"),
        ("publication", "0004_sign_in_limits"),
        ("publication", "0005_staff_languages"),
        ("publication", "0006_staff_mails"),
        ("publication", "0007_roles_and_addresses"),
        ("publication", "0008_guests"),
        ("publication", "0009_mail_choices"),
        ("publication", "0010_editor_tour"),
        ("publication", "0011_process_heartbeats"),
        ("publication", "0012_invitations_of_blocked_accounts"),
        ("publication", "0013_organisation"),
    ]
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.TextField(unique=True)),
                ('name', models.TextField(blank=True, default='')),
                ('reply_to', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'sender',
            },
        ),
        migrations.CreateModel(
            name='SendRate',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('rate', models.FloatField(help_text='recipients a second')),
                ('burst', models.FloatField()),
                ('available', models.FloatField()),
                ('refilled_at', models.DateTimeField()),
                ('slots', models.IntegerField(default=64, help_text='requests under way at once, halved by each 429')),
            ],
            options={
                'db_table': 'send_rate',
            },
        ),
        migrations.CreateModel(
            name='Actor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('staff', 'Staff'), ('cli', 'Cli'), ('token', 'Token'), ('system', 'System'), ('subscriber', 'Subscriber'), ('guest', 'Guest')])),
                ('name', models.TextField()),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'actor',
                'constraints': [models.UniqueConstraint(fields=('kind', 'name'), name='actor_kind_name')],
            },
        ),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('verb', models.TextField()),
                ('object_kind', models.TextField(blank=True, default='')),
                ('object_id', models.TextField(blank=True, default='')),
                ('detail', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='publication.actor')),
            ],
            options={
                'db_table': 'audit',
                'indexes': [models.Index(fields=['object_kind', 'object_id'], name='audit_object')],
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(default='Newsletter')),
                ('zone', models.TextField(default='UTC', help_text='IANA zone of the staff, for times typed without one')),
                ('language', models.TextField(default='en')),
                ('languages', models.JSONField(default=list)),
                ('postal_address', models.TextField(blank=True, default='')),
                ('attribute_schema', models.JSONField(default=dict)),
                ('policies', models.JSONField(default=dict)),
                ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                ('quarantine_reason', models.TextField(blank=True, default='')),
                ('check_levels', models.JSONField(default=dict, help_text='code of a check -> error, warning, info or off')),
                ('organisation', models.TextField(blank=True, db_default='', default='', help_text='who publishes it, as people agree to it')),
            ],
            options={
                'db_table': 'publication',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='publication_one_row')],
            },
        ),
        migrations.CreateModel(
            name='SessionEpoch',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ('epoch', models.IntegerField(default=0)),
            ],
            options={
                'db_table': 'session_epoch',
            },
        ),
        migrations.CreateModel(
            name='SignInCount',
            fields=[
                ('key', models.TextField(primary_key=True, serialize=False)),
                ('account', models.TextField(blank=True, default='', help_text='keyed hash of the name; empty for a whole network')),
                ('began_at', models.DateTimeField()),
                ('tries', models.IntegerField()),
            ],
            options={
                'db_table': 'sign_in_count',
                'indexes': [models.Index(fields=['account'], name='sign_in_count_account'), models.Index(fields=['began_at'], name='sign_in_count_began')],
            },
        ),
        migrations.CreateModel(
            name='StaffLanguage',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ('language', models.TextField()),
            ],
            options={
                'db_table': 'staff_language',
            },
        ),
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
        migrations.CreateModel(
            name='MailChoice',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ('campaigns', models.BooleanField(help_text='when sending begins, ends or is on hold')),
            ],
            options={
                'db_table': 'staff_mail_choice',
            },
        ),
        migrations.CreateModel(
            name='EditorTour',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'staff_editor_tour',
            },
        ),
        migrations.CreateModel(
            name='ProcessHeartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instance', models.TextField(help_text='random, because a pid is used again and may be the same in every container')),
                ('kind', models.TextField()),
                ('host', models.TextField()),
                ('pid', models.IntegerField()),
                ('version', models.TextField()),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(help_text='it ended because it was told to', null=True)),
            ],
            options={
                'db_table': 'process_heartbeat',
                'constraints': [models.UniqueConstraint(fields=('instance', 'kind'), name='process_heartbeat_once')],
            },
        ),
        migrations.RunSQL(SQL),
    ]
