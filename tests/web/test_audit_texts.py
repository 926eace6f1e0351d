"""Every verb and detail that the code can write into the audit has its text."""

from tests.web import recorded_verbs
from web.texts.audit import recorded_values, verb_sentences

OF_EARLIER_RELEASES = {"login_try"}


def test_every_verb_has_a_sentence_and_every_sentence_a_verb():
    verbs = recorded_verbs.verbs()
    assert {"import_details", "ask_private_link", "view_person", "keep_doubt", "remove_second_factor"} <= verbs
    assert verb_sentences.SENTENCES.keys() ^ verbs == OF_EARLIER_RELEASES
    assert sum(len(sentences) for _name, sentences in verb_sentences.KINDS.values()) == len(verb_sentences.SENTENCES)


def test_every_detail_has_a_label():
    assert recorded_verbs.detail_names() <= recorded_values.FIELDS.keys()
