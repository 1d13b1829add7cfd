"""The record table in full and the tag's compact one are one table, and what is made of them is up to date."""

import re

from davy import docs_records, roots, words
from davy.codecs import javascript
from tag import events, names, schema

MOST_BYTES = 40_960  # of a payload formatter, by the documentation of The Things Stack
ENVELOPE = {"kind", "seq", "boot", "t_ms", "urgent"} | {
    *("kind_id", "unit", "time", "readings", "hex", "more", "newer", "cut"),
}


def rows() -> list[tuple[str, str, schema.Field]]:
    """(type, what it is of, field) of every field and argument there is."""
    found = []
    for kind, (name, _, types) in events.SCHEMA.items():
        found += [(t, name, field) for t, field in zip(types, schema.RECORDS[kind].fields, strict=True)]
    for message, types in events.MESSAGES.items():
        name = names.MESSAGES[message]
        found += [(t, name, field) for t, field in zip(types, schema.MESSAGES[message].arguments, strict=True)]
    return found


def test_the_document_is_the_table():
    text = (roots.CHECKOUT / "docs" / "records.md").read_text()
    assert text == docs_records.render(), "run: python -m davy.docs_records > docs/records.md"


def test_the_javascript_is_the_table():
    text = javascript.MADE.read_text(encoding="utf-8")
    assert text == javascript.render(), "run: python -m davy.codecs.javascript > host_tools/davy/codecs/davy.js"
    assert len(text.encode()) <= MOST_BYTES and text.isascii()


def test_both_tables_have_the_same_rows():
    assert list(schema.RECORDS) == list(events.SCHEMA)
    assert list(schema.MESSAGES) == list(events.MESSAGES)
    assert rows()  # zips are strict: as many fields as types
    assert len(names.MESSAGES) == max(events.MESSAGES) + 1
    text = docs_records.render()
    for kind, (name, _, _) in events.SCHEMA.items():
        assert f"\n### {kind} {name}: " in text
        assert schema.RECORDS[kind].meaning.endswith((".", "*."))


def test_every_field_says_what_it_is():
    for letter, of, field in rows():
        one = f"{of}.{field.name}"
        assert field.meaning and 1 <= field.since <= schema.VERSION, one
        assert bool(field.each) <= (letter == "x"), one
        assert not field.each or set(field.each) <= set("BbHhI"), one
        for form in (field, *(other for _, _, other in field.cases)):
            assert not form.names or form.names in schema.NAMED, one
            assert (form.unit == "bits") <= bool(form.names), one
            assert not (form.unit and form.names) or form.unit == "bits", one
            assert form.unit != "step" or field.each == "b", one
            assert (letter in "sx") <= (not form.names), one


def test_a_unit_is_part_of_the_name():
    ends = {
        "ms": "_ms",
        "s": "_s",
        "min": ("_min", "minutes", "missing"),
        "mV": "_mv",
        "milli-g": "mg",
        "epoch": "epoch_s",
    }
    for _, of, field in rows():
        for form in (field, *(other for _, _, other in field.cases)):
            assert form.name.endswith(ends.get(form.unit, "")), f"{of}.{form.name} in {form.unit}"


def test_what_is_in_counts_of_a_gas_names_the_gas_before_it():
    for kind in events.SCHEMA:
        fields = schema.RECORDS[kind].fields
        for i, field in enumerate(fields):
            for form in (field, *(other for _, _, other in field.cases)):
                if form.unit in ("gas", "step"):
                    [about] = [one for one in fields[:i] if one.name == form.gas]
                    assert "Gases" in (about.names, *(other.names for _, _, other in about.cases))


def test_cases_are_told_apart_by_ids_that_stand_before_them():
    for kind in events.SCHEMA:
        fields = schema.RECORDS[kind].fields
        for i, field in enumerate(fields):
            for about, ids, _ in field.cases:
                [judge] = [one for one in fields[:i] if one.name == about]
                assert ids and max(ids) < len(schema.NAMED[judge.names])


def test_no_field_has_a_name_of_the_envelope():
    for kind in events.SCHEMA:
        fields = schema.RECORDS[kind].fields
        taken = [form.name for field in fields for form in (field, *(other for _, _, other in field.cases))]
        assert not ENVELOPE & set(taken)
        assert len(words.fields(kind)) == len(set(words.fields(kind)))


def test_enumerations_have_a_name_for_every_id_of_the_tag():
    groups = {
        "Alarms": "ALARM_", "Faults": "FAULT_", "Fault codes": "CODE_", "Causes": "CAUSE_", "Presses": "PRESS_",
        "Messages": "MSG_", "Clocks": "FROM_", "Tasks": "TASK_",
    }  # fmt: skip
    text = (roots.FIRMWARE / "tag" / "events.py").read_text()
    for title, prefix in groups.items():
        ids = [
            int(n)
            for name, n in re.findall(rf"^({prefix}\w+) = const\((\d+)\)", text, re.M)
            if not name.endswith("_COUNT")
        ]
        named = schema.NAMED[title]
        assert len(named) == max(ids) + 1 and set(range(min(ids), len(named))) == set(ids), title
        assert len(set(named)) == len(named), title
    assert schema.NAMED["Gases"][1:] == tuple(events.GASES[gas][0] for gas in sorted(events.GASES))
    assert sorted(events.GASES) == list(range(1, len(events.GASES) + 1))
