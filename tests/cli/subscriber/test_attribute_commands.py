"""`mailroom publication attribute`: labels and allowed values by language; `mailroom list ls` takes its numbers from the same table."""

import json

import pytest

from tests.support import people

pytestmark = pytest.mark.django_db


def test_labels_and_values_are_set_kept_and_removed(run):
    run("publication", "set", "--attribute", "topics:words")
    command = ("publication", "attribute", "topics", "--json")
    given = ("--label", "Topics", "--label-in", "zh-Hans=主题", "--value", "physics", "--value", "chemistry")
    shown = json.loads(run(*command, *given, "--value-label", "physics:zh-Hans=物理").out)
    assert shown["labels"] == {"zh-Hans": "主题"}
    assert shown["values"] == {"physics": {"zh-Hans": "物理"}, "chemistry": {}}
    shown = json.loads(run(*command, "--value", "physics", "--value", "biology").out)
    assert shown["values"] == {"physics": {"zh-Hans": "物理"}, "biology": {}}, "a value that stays keeps its label"
    shown = json.loads(run(*command, "--any-value", "--label-in", "zh-Hans=").out)
    assert (shown["values"], shown["labels"], shown["label"]) == ({}, {}, "Topics")
    run("publication", "set", "--attribute", "born:date")
    refused = run("publication", "attribute", "born", "--value", "2000-01-01")
    assert refused.code == 1
    assert "only text and words have allowed values" in refused.err


def test_name_and_description_of_a_list_are_set_by_language_and_what_is_not_given_stays(run):
    people.make_list("news")
    command = ("list", "set", "news", "--json")
    run(*command, "--name-in", "zh-Hans=新闻", "--description-in", "zh-Hans=每月一期", "--name-in", "fr=Nouvelles")
    shown = json.loads(run(*command, "--name-in", "zh-Hans=通讯", "--name-in", "fr=").out)
    assert shown["texts"] == {"zh-Hans": {"name": "通讯", "description": "每月一期"}}
    assert "zh-Hans=通讯" in run("list", "set", "news").out
    assert "write LANGUAGE=TEXT" in run(*command, "--name-in", "通讯").err


def test_lists_are_shown_with_their_people_by_state_in_few_statements(run, django_assert_max_num_queries):
    for number in range(5):
        people.make_people(number, people.make_list(f"list-{number}"), prefix=f"of{number}-")
    with django_assert_max_num_queries(8):
        shown = json.loads(run("list", "ls", "--json").out)["lists"]
    assert [(row["list"], row["confirmed"], row["requests_held"]) for row in shown] == [(f"list-{n}", n, 0) for n in range(5)]
