"""Stored segments: their short names, their changes, and what the audit keeps of them."""

import pytest

from publication.models import Audit
from subscribers.errors import InputError
from subscribers.segments import saved_segments
from subscribers.segments.grammar import SegmentError
from subscribers.segments.recorded_text import without_personal_values


def test_segments_are_kept_by_a_short_name(actor):
    made = saved_segments.create(actor, "english", 'language = "en"')
    assert saved_segments.find("english") == made
    saved_segments.change(actor, made, 'language = "fr"')
    assert saved_segments.find("english").text == 'language = "fr"'
    with pytest.raises(saved_segments.UnknownSegmentError, match="did you mean “english”"):
        saved_segments.find("englsh")
    for slug, code in [("english", "slug_taken"), ("Not a slug", "slug")]:
        with pytest.raises(InputError) as caught:
            saved_segments.create(actor, slug, 'language = "en"')
        assert caught.value.code == code
    for attempt in (
        lambda: saved_segments.create(actor, "other", "langage = 1"),
        lambda: saved_segments.change(actor, made, "("),
    ):
        with pytest.raises(SegmentError):
            attempt()
    assert list(Audit.objects.order_by("id").values_list("verb", "detail")) == [
        ("create_segment", {"slug": "english", "text": 'language = "en"'}),
        ("change_segment", {
            "slug": "english", "before": {"text": 'language = "en"'}, "after": {"text": 'language = "fr"'},
        }),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "recorded"), [
    ('name = "Li Wei" and unit = "CAST"', 'name = "…" and unit = "CAST"'),
    ('unit = "a" or (email in ("a@b.cn", “c@d.cn”) and (name ~ "O\'B \\"x" or name = None))',
     'unit = "a" or (email in ("…", “…”) and (name ~ "…" or name = None))'),
    ("name !~ 'q\"q' and email = \"\"", "name !~ '…' and email = \"\""),
    # texts that cannot be read any more
    ('name is "Li" and 「unit」 = \'CAST\'', "name is \"…\" and 「…」 = '…'"),
    ('name = “李"伟 and unit = "CAST', "name = “…"),
])  # fmt: skip
def test_the_audit_has_the_text_of_a_segment_without_addresses_and_names(text, recorded):
    assert without_personal_values(text) == recorded
