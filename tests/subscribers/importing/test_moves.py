"""People who come from other systems, and from another Mailroom, with their states."""

from subscribers.consent import subscriptions
from subscribers.importing import exporter
from subscribers.importing.importer import import_file
from subscribers.models import Subscription

State = Subscription.State


def test_a_blocklisted_person_of_listmonk_is_not_confirmed_whatever_the_flags(read):
    read(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        '1,anna@example.org,Anna,{},blocklisted,2023-01-02 15:04:05 +0000 UTC,2023-05-02 15:04:05 +0000 UTC\n',
        create_attributes=True,
    )
    assert not Subscription.objects.filter(state=State.CONFIRMED).exists()


def test_somebody_who_left_is_not_confirmed_by_our_own_export(actor, news, events, join, tmp_path):
    subscriptions.unsubscribe(actor, join("left@example.org").pk, list_ids=[news.pk], how="page")
    path = tmp_path / "news.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        exporter.export(actor, stream, news)
    import_file(actor, path, events, consent="moved")
    assert not Subscription.objects.filter(state=State.CONFIRMED).exists()
