"""Pictures of stored issues in an S3-compatible bucket: a real client, and a server on loopback that speaks S3."""

from urllib.request import urlopen

import pytest
import structlog
from django.core.files.storage import default_storage

from editorial import issue_versions, media_store
from publication import audit
from tests.support.buckets import BUCKET, WRITES, Store
from tests.support.issues import full_copy, two_languages
from tests.support.processes import free_port
from tests.support.variations import few

pytestmark = pytest.mark.xdist_group("bucket")


@pytest.fixture
def store(bucket_store: Store, settings) -> Store:
    bucket_store.empty()
    bucket_store.use(settings)
    return bucket_store


@pytest.fixture
def folder(tmp_path):
    """An issue in two languages with a picture."""
    made = two_languages(tmp_path / "issue")
    path = made / "issue.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n![A line of light](images/only-en.png)\n", encoding="utf-8")
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("sample", few("languages", soak=["cast"]))
def test_pictures_are_stored_at_the_urls_in_the_mails(store: Store, folder, sample):
    version, composed, _ = issue_versions.store(audit.system(), full_copy(folder.parent / "cast") if sample == "cast" else folder)
    assert composed.pictures
    kept = {entry["Key"] for entry in store.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert kept == {picture.name for picture in composed.pictures} == set(version.media.values_list("path", flat=True))
    for picture in composed.pictures:
        url = store.media_url + picture.name
        assert any(url in variant.mail.html for variant in composed.variants)
        with urlopen(url, timeout=30) as answer:  # as a mail program: without any key
            assert answer.read() == picture.data
            assert answer.headers["Content-Type"] == picture.content_type
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Encoding"] is None
        grants = store.client("s3").get_object_acl(Bucket=BUCKET, Key=picture.name)["Grants"]
        assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}, "only the bucket's owner, by no ACL of ours"


@pytest.mark.soak
@pytest.mark.django_db
def test_a_stored_picture_is_never_written_again(store: Store, folder):
    _, composed, _ = issue_versions.store(audit.system(), folder)
    s3 = store.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    path = folder / "issue.md"
    path.write_text(path.read_text(encoding="utf-8").replace("The doors open", "The gates open"), encoding="utf-8")
    second, again, _ = issue_versions.store(audit.system(), folder)
    assert second.number == 2
    assert {picture.name for picture in again.pictures} == {picture.name for picture in composed.pictures}
    written = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert len(written) == len(composed.pictures), "one version of each object, and no copy under another name"


@pytest.mark.django_db
def test_the_old_media_url_still_serves_pictures(store: Store, folder, client):
    """Mails that were sent before the pictures moved name PUBLIC_URL/media."""
    _, composed, _ = issue_versions.store(audit.system(), folder)
    picture = composed.pictures[0]
    answer = client.get(f"/media/{picture.name}")
    assert b"".join(answer.streaming_content) == picture.data
    assert answer.headers["Content-Type"] == picture.content_type
    assert client.head(f"/media/{picture.name}").headers["Content-Length"] == str(len(picture.data))
    assert client.get("/media/missing-0123456789ab.png").status_code == 404


@pytest.mark.soak
@pytest.mark.django_db
def test_while_the_bucket_is_away_a_picture_is_to_be_asked_for_again(store: Store, settings, folder, client):
    _, composed, _ = issue_versions.store(audit.system(), folder)
    address = f"/media/{composed.pictures[0].name}"
    for changes in (
        {"MEDIA_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"},  # nobody listens
        store.key_that_may(*WRITES[:1]),  # nothing may be looked up
    ):
        store.use(settings, **changes)
        for ask in (client.get, client.head):
            with structlog.testing.capture_logs() as lines:
                answer = ask(address)
            assert answer.status_code == 503
            assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("60", "no-store")
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert [(line["event"], line["log_level"], line["step"]) for line in lines] == [
                ("picture_store_away", "error", "looked up")
            ]
            assert "\n" not in lines[0]["reason"]
        assert client.get("/media/not-a-picture").status_code == 404, "what is no picture's name asks nobody"
    store.let_pass("inf")
    store.use(settings)
    assert b"".join(client.get(address).streaming_content) == composed.pictures[0].data


@pytest.mark.soak
def test_other_s3_configuration_on_the_machine_is_ignored(store: Store, monkeypatch, tmp_path):
    """Profiles, tokens and endpoints of other programs: each of these alone would break or redirect the client."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = nowhere-1\nendpoint_url = http://127.0.0.1:9\ns3 =\n  addressing_style = virtual\n")
    for name, value in {
        "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(config), "AWS_PROFILE": "somebody",
        "AWS_S3_SESSION_PROFILE": "somebody", "AWS_ACCESS_KEY_ID": "other", "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "nowhere-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    media_store.probe()
    client = default_storage.connection.meta.client
    assert (client.meta.endpoint_url, client.meta.region_name) == (store.url, "us-east-1")
    used = default_storage._create_session().get_credentials()
    assert (used.access_key, used.token, used.method) == ("A-KEY-OF-THE-TESTS", None, "explicit")


@pytest.mark.soak
def test_a_probe_leaves_nothing(store: Store):
    media_store.probe()
    assert "Contents" not in store.client("s3").list_objects_v2(Bucket=BUCKET)
    assert media_store.location() == f"bucket {BUCKET} at {store.url}"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("actions", "step"),
    [
        ([*WRITES, "s3:ListBucket"], None),
        (["s3:GetObject", "s3:DeleteObject", "s3:ListBucket"], "written"),
        (["s3:PutObject", "s3:DeleteObject", "s3:ListBucket"], "looked up"),
        (["s3:PutObject", "s3:GetObject", "s3:ListBucket"], "deleted"),
    ],
)
def test_a_probe_reports_the_missing_permission_of_a_key(store: Store, settings, actions, step):
    store.use(settings, **store.key_that_may(*actions))
    if step is None:
        media_store.probe()
        return
    with pytest.raises(media_store.StoreError) as caught:
        media_store.probe()
    assert caught.value.step == step, caught.value
    assert "403" in caught.value.reason or "AccessDenied" in caught.value.reason


def test_without_a_bucket_the_probe_tries_the_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    media_store.probe()
    assert list((tmp_path / "media").iterdir()) == []
    assert media_store.location() == f"files in {tmp_path / 'media'}"
    (tmp_path / "file").write_text("in the way")
    settings.MEDIA_ROOT = tmp_path / "file"
    with pytest.raises(media_store.StoreError, match=r"not (looked up|written)"):
        media_store.probe()
