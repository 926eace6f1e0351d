"""`mailroom issue export --wechat`."""

import json

from tests.support.issues import CAST, two_languages


def test_an_issue_is_exported_for_wechat_in_a_language(run, tmp_path):
    folder, out = two_languages(tmp_path / "issue"), tmp_path / "out"
    answer = run("issue", "export", folder, "--wechat", "--to", out, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["language"] == "zh-Hans"
    assert "光源开放，欢迎参观。" in (out / "article.html").read_text("utf-8")
    assert json.loads((out / "wechat.json").read_text("utf-8"))["title"] == answer.document["title"]
    again = run("issue", "export", folder, "--wechat", "--to", out, "--language", "en")
    assert again.code == 0, again.err
    assert f"Open it: {out / 'wechat.html'}" in again.out
    assert "The doors open to visitors today." in (out / "article.html").read_text("utf-8")
    refused = run("issue", "export", folder, "--wechat", "--to", out, "--language", "fr")
    assert refused.code == 1
    assert "the issue is not written in the language “fr”" in refused.err


def test_pictures_are_written_in_order_and_unfinished_issues_are_reported(run, tmp_path):
    out = tmp_path / "out"
    answer = run("issue", "export", CAST, "--wechat", "--to", out, "--json")
    assert answer.code == 0, answer.err
    pictures = [picture["file"] for picture in answer.document["pictures"]]
    assert pictures == sorted(path.relative_to(out).as_posix() for path in (out / "images").iterdir())
    folder = two_languages(tmp_path / "issue")
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n![A lamp](missing)\n\n<!-- check: is this so? -->\n")
    unfinished = run("issue", "export", folder, "--wechat", "--to", out, "--language", "en")
    assert unfinished.code == 1
    assert "image-missing" in unfinished.err
    assert "2 errors: the article is written, but it is not ready" in unfinished.err
    assert run("issue", "export", folder, "--to", out).code == 2
