"""An issue folder is stored with all its languages, conditions, finished mails and pictures."""

from pathlib import Path

import pytest

from composer.errors import ComposeError
from editorial import issue_versions
from editorial.models import IssueVersion
from editorial.stored_variants import choices_of, find_variant, merge_fields, outline
from publication import audit
from subscribers import attribute_declarations
from tests.support.issues import full_copy, two_languages

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Path:
    return two_languages(tmp_path / "issue")


def test_every_variant_is_kept_with_the_sources_of_all_languages(folder):
    version, composed, _ = issue_versions.store(audit.system(), folder)
    assert sorted(version.sources) == ["issue.md", "issue.zh-Hans.md"]
    chinese = (folder / "issue.zh-Hans.md").read_text(encoding="utf-8")
    assert version.sources["issue.zh-Hans.md"] == chinese.replace("# 要闻", "# 要闻 {#headlines}")
    assert outline(version) == [
        {"variant": 0, "language": "en", "holds": ['country != "CN"'], "subject": "Light in Dalian"},
        {"variant": 1, "language": "en", "holds": ['country = "CN"'], "subject": "Light in Dalian"},
        {"variant": 2, "language": "zh-Hans", "holds": [], "subject": "大连之光：自由电子激光器"},
    ]
    kept = [find_variant(version.pk, number) for number in range(3)]
    assert [(variant.html, variant.text, variant.digest) for variant in kept] == [
        (variant.mail.html, variant.mail.text, variant.mail.digest) for variant in composed.variants
    ]
    assert ["members in China" in variant.html for variant in kept] == [False, True, False]
    assert merge_fields(kept[2]) == composed.variants[2].mail.fields
    assert choices_of(version) == composed.choices
    assert version.digest == composed.digest != kept[0].digest


def test_the_same_content_is_the_same_version_and_a_change_in_any_language_is_another(folder):
    first, *_ = issue_versions.store(audit.system(), folder)
    assert issue_versions.store(audit.system(), folder)[0] == first
    chinese = folder / "issue.zh-Hans.md"
    chinese.write_text(chinese.read_text(encoding="utf-8").replace("光源开放", "光源今日开放"), encoding="utf-8")
    second, *_ = issue_versions.store(audit.system(), folder)
    assert (second.number, second.variants.count()) == (2, 3)
    assert second.digest != first.digest
    assert find_variant(second.pk, 0).digest == find_variant(first.pk, 0).digest


def test_the_pictures_of_all_variants_are_kept(folder):
    picture = "![A line of light](images/only-{}.png)\n\n"
    for file, name in (("issue.md", "en"), ("issue.zh-Hans.md", "zh")):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8") + "\n" + picture.format(name), encoding="utf-8")
    version, *_ = issue_versions.store(audit.system(), folder)
    assert version.media.count() == 2


def test_an_invalid_condition_is_a_fault_at_its_line(folder):
    path = folder / "issue.md"
    text = path.read_text(encoding="utf-8").replace('country = "CN"', 'country = "CN" and membr = True')
    path.write_text(text, encoding="utf-8")
    attribute_declarations.declare(audit.system(), "member", "yesno")
    with pytest.raises(ComposeError) as caught:
        issue_versions.store(audit.system(), folder)
    [fault] = caught.value.findings
    assert (fault.code, fault.file) == ("condition-field", str(path))
    assert text.splitlines()[fault.line - 1].startswith("::: only")
    assert "did you mean member" in str(fault)
    assert not IssueVersion.objects.exists()
    path.write_text(text.replace("membr = True", 'member = "yes"'), encoding="utf-8")
    with pytest.raises(ComposeError, match="True or False"):
        issue_versions.store(audit.system(), folder)
    path.write_text(text.replace("membr", "member"), encoding="utf-8")
    assert issue_versions.store(audit.system(), folder)[0].variants.count() == 3


def test_an_issue_in_one_language_has_one_variant(tmp_path):
    version, composed, _ = issue_versions.store(audit.system(), full_copy(tmp_path / "cast"))
    [only] = version.variants.all()
    assert (only.number, only.language, only.holds, only.subject) == (0, "en", [], version.subject)
    assert only.html == composed.variants[0].mail.html
