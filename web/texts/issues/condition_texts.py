"""Conditions of issues in words, as the editor shows them: `Country is China, and Language is not English`."""

from collections.abc import Mapping
from functools import cached_property

from composer.issue import conditions
from composer.issue.conditions import Comparison, ConditionError, Value
from subscribers import attributes
from subscribers.attributes import Declared
from subscribers.models import MailingList
from web.texts.issues.editor_texts import FIELD_LABELS, texts
from web.texts.language_names import language_name
from web.texts.people.place_names import country_name

_LIST = "list"


class ConditionWords:
    """Says conditions in the language of the page. One object for a page, which reads attributes and lists at most once."""

    @cached_property
    def _declared(self) -> Mapping[str, Declared]:
        return attributes.declarations()

    @cached_property
    def _lists(self) -> Mapping[str, str]:
        return dict(MailingList.objects.values_list("slug", "name"))

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return texts()

    def of(self, written: str) -> str:
        """A condition as a sentence; as it is written if it cannot be read."""
        try:
            condition = conditions.parse(written)
        except ConditionError:
            return written
        return self._texts[f"join-{condition.joined}"].join(map(self._comparison, condition.comparisons))

    def _comparison(self, comparison: Comparison) -> str:
        label, includes = str(FIELD_LABELS.get(comparison.field, comparison.field)), comparison.field == _LIST
        if comparison.field not in FIELD_LABELS and comparison.field in self._declared:
            declared = self._declared[comparison.field]
            label, includes = declared.label, declared.type == attributes.Type.WORDS
        if comparison.values == (None,):
            return self._texts["field-known" if comparison.negated else "field-unknown"].format(field=label)
        key = "condition-has" if includes else "condition-is"
        key += ("-not" if comparison.negated else "") + ("-one-of" if len(comparison.values) > 1 else "")
        values = self._texts["value-join"].join(self._value(comparison.field, value) for value in comparison.values)
        return self._texts[key].format(field=label, value=values)

    def _value(self, field: str, value: Value) -> str:
        if value is None:
            return self._texts["value-unknown"]
        if isinstance(value, bool):
            return self._texts["value-yes" if value else "value-no"]
        text = str(value)
        if field == "country":
            return country_name(text)
        if field == "language":
            return language_name(text)
        return self._lists.get(text, text) if field == _LIST else text
