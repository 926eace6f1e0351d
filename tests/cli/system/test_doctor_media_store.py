"""`mailroom system doctor` and what stores pictures, where they are kept in a bucket that answers or refuses."""

import pytest

from editorial.models import IssueRecord
from tests.support.buckets import BUCKET, WRITES, Store
from tests.support.heartbeats import all_alive
from tests.support.issues import two_languages
from tests.support.processes import free_port

pytestmark = pytest.mark.xdist_group("bucket")


@pytest.fixture(autouse=True)
def processes_run(db):
    all_alive()


@pytest.fixture
def use(bucket_store: Store, settings, monkeypatch):
    """Puts settings and environment so that pictures are kept in the bucket."""
    bucket_store.empty()

    def use(**changes: str) -> None:
        for name, value in bucket_store.values(**changes).items():
            monkeypatch.setenv(f"MAILROOM_{name}", value)
        bucket_store.use(settings, **changes)

    return use


def look(run):
    answer = run("system", "doctor", "--json")
    [line] = [check for check in answer.document["checks"] if check["check"] == "media store"]
    return answer.code, line


def test_files_are_the_default(run, settings):
    code, line = look(run)
    assert (code, line["level"]) == (0, "ok")
    assert str(settings.MEDIA_ROOT) in line["found"]


def test_a_working_bucket_is_ok(run, bucket_store, use):
    use()
    code, line = look(run)
    assert (code, line["level"]) == (0, "ok")
    assert line["found"] == f"bucket {BUCKET} at {bucket_store.url}: a probe was written, read and deleted"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"MEDIA_S3_BUCKET": "nowhere"}, "NoSuchBucket"),
        ({"MEDIA_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"}, "Could not connect"),
    ],
)
def test_a_missing_bucket_is_a_fault(run, use, changes, message):
    use(**changes)
    code, line = look(run)
    assert (code, line["level"]) == (1, "fault")
    assert message in line["found"]
    assert "docs/operations.md" in line["remedy"]


def test_an_unknown_key_is_a_fault(run, bucket_store, use):
    use()
    bucket_store.let_pass("0")
    code, line = look(run)
    assert (code, line["level"]) == (1, "fault")
    assert "403" in line["found"]


@pytest.mark.soak
def test_a_key_that_may_not_delete_is_a_warning(run, bucket_store, use):
    use(**bucket_store.key_that_may(*[right for right in WRITES if right != "s3:DeleteObject"], "s3:ListBucket"))
    code, line = look(run)
    assert (code, line["level"]) == (0, "warn")
    assert "could not be deleted" in line["found"]


def test_an_issue_is_not_stored_without_its_pictures(run, done, news, sender, use, tmp_path):
    use(MEDIA_S3_BUCKET="nowhere")
    folder = two_languages(tmp_path / "issue")
    path = folder / "issue.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n![A line of light](images/only-en.png)\n", encoding="utf-8")
    answer = run("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")
    assert answer.code == 1, answer.out
    assert "NoSuchBucket" in answer.err
    assert "mailroom system doctor" in answer.err
    assert not IssueRecord.objects.exists()
