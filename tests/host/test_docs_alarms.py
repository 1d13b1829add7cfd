"""docs/alarms.md says what the tag's own tables say."""

from davy import docs_alarms

from tag import events, names  # isort: skip
from tag.alarms import table  # isort: skip


def test_the_document_is_the_one_the_tables_give() -> None:
    assert docs_alarms.DOC.read_text(encoding="utf-8") == docs_alarms.render(), "run python -m davy.docs_alarms"


def test_every_alarm_state_input_and_gas_is_in_it() -> None:
    text = docs_alarms.render()
    assert len(docs_alarms.INPUTS) == len(table.TABLE[0])
    for name in names.ALARMS[1:]:
        assert f"### {name}\n" in text
    for word in (
        *(row[0] for row in docs_alarms.INPUTS.values()),
        *names.STATES,
        *(gas[0] for gas in events.GASES.values()),
    ):
        assert word in text


def test_which_alarms_have_which_states() -> None:
    states = {alarm: docs_alarms.reachable(alarm) for alarm in table.KINDS}
    having = {state: {alarm for alarm in states if state in states[alarm]} for state in range(len(names.STATES))}
    everyone = set(table.KINDS)
    assert having[events.PRE] == {events.ALARM_MAN_DOWN, events.ALARM_WEAR}
    assert having[events.ON] == everyone
    assert having[events.HELP] == everyone - {events.ALARM_WEAR, events.ALARM_EVACUATION}
    assert having[events.ACKED] == everyone - {events.ALARM_SOS}
    assert having[events.ESCALATED] == {events.ALARM_MAN_DOWN, events.ALARM_SOS}
