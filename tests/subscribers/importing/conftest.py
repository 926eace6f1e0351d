"""Fixtures that import a text and return the results of its rows."""

import pytest

from publication.models import Publication
from subscribers.importing.importer import import_file


@pytest.fixture
def schema(db):
    types = {"role": "text", "visits": "number", "born": "date", "member": "yesno", "interests": "words"}
    Publication.objects.update(attribute_schema={name: {"type": attribute_type} for name, attribute_type in types.items()})


@pytest.fixture
def read(tmp_path, actor, news, schema):
    """Import a text (or bytes) and say what came of it."""

    def read(content, mailing_list=news, **more):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(actor, path, mailing_list, consent="stated at the fair", **more)

    return read
