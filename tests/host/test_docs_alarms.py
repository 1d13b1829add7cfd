"""docs/alarms.md says what the tag's own tables say."""

from davy import docs_alarms

from tag import events, names  # isort: skip
from tag.alarms import table  # isort: skip
from tag.gas import limits  # isort: skip
from tag.gas import table as levels  # isort: skip


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
    helpless = {events.ALARM_WEAR, events.ALARM_EVACUATION, events.ALARM_WARNING, events.ALARM_MESSAGE}
    helpless.add(events.ALARM_PEER)
    assert having[events.HELP] == everyone - helpless
    assert having[events.ACKED] == everyone - {events.ALARM_SOS}
    assert having[events.ESCALATED] == {events.ALARM_MAN_DOWN, events.ALARM_SOS}


def test_the_table_of_a_level_and_every_level_of_the_built_in_profile_are_in_it() -> None:
    text = docs_alarms.render()
    assert len(docs_alarms.LEVEL_INPUTS) == len(levels.TABLE[0]) and len(docs_alarms.LEVEL_STATES) == len(levels.TABLE)
    for kind in names.LEVELS[1:]:
        assert f"| {kind} |" in text
    for state, (name, _) in docs_alarms.LEVEL_STATES.items():
        cells = next(line for line in text.splitlines() if line.startswith(f"| {name} | ") and line.count("|") == 8)
        for symbol, cell in zip(docs_alarms.LEVEL_INPUTS, cells.split("|")[2:-1], strict=True):
            for latches in (0, levels.LATCHES):
                after = levels.step(state, symbol, latches)
                said = "-" if after == state else docs_alarms.LEVEL_STATES[after][0]
                assert said in cell, (name, symbol)
    section = text.split("## Action levels of the built-in profile")[1].split("##")[0]
    assert (
        len([line for line in section.splitlines() if line.startswith("| ")]) == len(limits.BUILT_IN) // limits.ROW + 1
    )
    assert "| ch4 | high | at or above 1.00 %vol | below 0.50 %vol, then a press | gas high | - | leave |" in section
    assert "| o2 | low | at or below 19.50 %vol | above 19.70 %vol" in section
