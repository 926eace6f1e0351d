"""Pictures have names that are files on Windows, too."""

import pytest

from composer.importing.manuscript.picture_files import PictureFiles
from editorial.sources import edits, issue_state, originals, pictures
from editorial.sources.edits import SourceEditError
from publication import audit
from tests.composer.making import HEAD
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db


def test_pictures_are_not_called_like_devices_of_windows():
    issue = import_source({"issue.md": HEAD + "# News\n\n## Light\n\nx\n"})
    kept = originals.keep(audit.system(), [b"data"], "picture", "x.png")
    state = issue_state.head(issue.pk)
    for name in ("images/con.jpg", "images/Nul", "images/AUX .tar.gz", "lpt1/a.png", "images/COM¹.png"):
        bad = issue_state.IssueState(state.files, {**state.pictures, name: kept.digest})
        with pytest.raises(SourceEditError, match="device"):
            edits.replace_source(audit.system(), issue, None, bad, reason="push")


@pytest.mark.parametrize(
    ("uploaded", "path"),
    [("CON.jpg", "con-picture.jpg"), ("lpt1.png", "lpt1-picture.png"), ("nul", "nul-picture"), ("icon.jpg", "icon.jpg"),
     ("com.png", "com.png"), ("com10.png", "com10.png"), ("Ｃｏｎ.jpg", "con-picture.jpg")],
)  # fmt: skip
def test_uploaded_and_imported_pictures_get_names_that_windows_can_open(uploaded, path):
    assert pictures.free_path(uploaded, {}, "digest") == f"images/{path}"
    stem, _, ending = uploaded.rpartition(".")
    if stem:
        assert PictureFiles().new_name(uploaded, ending) == path
