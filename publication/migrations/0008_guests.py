"""A further kind of actor: a guest, who has a review link but no account."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publication', '0007_roles_and_addresses'),
    ]

    operations = [
        migrations.AlterField(
            model_name='actor',
            name='kind',
            field=models.TextField(choices=[('staff', 'Staff'), ('cli', 'Cli'), ('token', 'Token'), ('system', 'System'), ('subscriber', 'Subscriber'), ('guest', 'Guest')]),
        ),
        migrations.AlterField(
            model_name='publication',
            name='check_levels',
            field=models.JSONField(default=dict, help_text='code of a check -> error, warning, info or off'),
        ),
    ]
