"""Where soft hyphens are put into long words."""

from hypothesis import given
from hypothesis import strategies as some

from composer.issue.document import Table, Text
from composer.issue.merge_fields import Tags
from composer.rendering.soft_hyphens import SOFT, pieces, softened
from composer.rendering.writers.html_fragments import FragmentWriter


def test_words_are_hyphenated_by_syllables() -> None:
    words = "Responsibilities Internationalisation Thorvaldsdóttir Straightforwardly"
    said = "Respon-si-bi-li-ties Inter-na-tio-na-li-sa-tion Thor-valds-dót-tir Straight-for-wardly"
    assert softened(words).replace(SOFT, "-") == said


def test_short_words_numbers_addresses_and_chinese_get_no_soft_hyphens() -> None:
    text = "https://example.org/responsibilities correspondence@example.org www.responsibilities.org quarter 1234567890123 声音在水中传播得比在空气中快 a-b-c-d-e-f"
    assert softened(text) == text


@given(some.text(max_size=60))
def test_only_soft_hyphens_are_added_and_no_piece_is_tiny(text: str) -> None:
    assert softened(text).replace(SOFT, "") == text.replace(SOFT, "")
    for word in text.split():
        parts = pieces(word)
        assert "".join(parts) == word
        assert len(parts) == 1 or min(len(parts[0]), len(parts[-1])) >= 3


def test_an_extremely_long_word_is_hyphenated_quickly() -> None:
    for letter in "xaé":
        assert softened(letter * 200_000).replace(SOFT, "") == letter * 200_000


def table_of(*heads: str) -> str:
    cells = tuple((Text(head),) for head in heads)
    return str(FragmentWriter(Tags(()), [], "en").blocks((Table(cells, (cells,)),)))


def test_only_a_table_that_does_not_fit_gets_soft_hyphens() -> None:
    long = "Internationalisation"
    assert SOFT not in table_of(long, long)
    assert "crowded" not in table_of(long, long, long, long)
    assert SOFT in table_of(long, long, long, long)
    assert "crowded" in table_of(*[long] * 14)
