"""docs/records.md is what the record table says, to the letter."""

from davy import docs_records, roots
from tag import events, names


def test_the_document_is_the_table():
    text = (roots.CHECKOUT / "docs" / "records.md").read_text()
    assert text == docs_records.render(), "run: python -m davy.docs_records > docs/records.md"


def test_every_field_of_every_record_is_explained_and_listed():
    text = docs_records.render()
    for kind, (name, _, types) in events.SCHEMA.items():
        assert f"\n### {kind} {name}: " in text
        assert len(names.FIELDS[kind]) == len(types)
        for field in names.FIELDS[kind]:
            assert docs_records.meaning(name, field)
    assert len(names.FIELDS) == max(events.SCHEMA) + 1
    used = {field for fields in names.FIELDS for field in fields}
    named = {key if isinstance(key, str) else key[1] for key in docs_records.MEANING}
    assert named == used, "a field is explained that no record has"
