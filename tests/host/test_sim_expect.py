"""Judging: which records answer an expectation, and what the numbers of records say."""

from davy.gateway.received import Received
from davy.sim.expect import Arrival, judge, ledger
from davy.sim.scenario import Expectation
from tag import events

SOS = {"alarm": events.ALARM_SOS, "state": events.ON, "cause": events.CAUSE_BUTTON, "value": 0}


def arrival(seq: int, made_s: float | None = 4.0) -> Arrival:
    return Arrival(Received("00" * 8, seq, 1, 0, events.ALARM, dict(SOS), 5.0), made_s)


def met(expectation: Expectation, *arrivals: Arrival) -> bool:
    return judge([expectation], arrivals)[0].met


def test_kind_words_and_numbers() -> None:
    assert met(Expectation("alarm", {"alarm": "sos", "state": "on", "cause": "button"}), arrival(1))
    assert met(Expectation("alarm", {"alarm": events.ALARM_SOS, "state": events.ON}), arrival(1))
    assert not met(Expectation("alarm", {"alarm": "man down"}), arrival(1))
    assert not met(Expectation("fall"), arrival(1))


def test_counts() -> None:
    assert not met(Expectation("alarm", count=1), arrival(1), arrival(2))
    assert met(Expectation("alarm", count=2), arrival(1), arrival(2))
    assert met(Expectation("alarm", count=1, exactly=False), arrival(1), arrival(2))
    assert met(Expectation("alarm", count=0))
    assert not met(Expectation("alarm", count=0), arrival(1))


def test_windows() -> None:
    assert met(Expectation("alarm", within=(5, 6), created=(3, 4)), arrival(1))
    assert not met(Expectation("alarm", within=(6, 7)), arrival(1))
    assert not met(Expectation("alarm", created=(0, 1)), arrival(1))
    assert not met(Expectation("alarm", created=(0, 1)), arrival(1, made_s=None))


def test_a_record_of_an_unknown_kind_answers_nothing() -> None:
    strange = Arrival(Received("00" * 8, 1, 1, 0, 200, {"bytes": "00"}, 5.0, known=False), 1.0)
    assert met(Expectation("alarm", count=0), strange)


def test_ledger() -> None:
    records = [arrival(seq).record for seq in (3, 4, 6, 7)]
    found = ledger(records, repeated=2, conflicts=[4], stored=[3, 4, 5, 6, 7, 8])
    assert (found.received, found.repeated, found.gaps, found.unsent, found.conflicts) == (4, 2, [5], [8], [4])
    assert not found.whole
    assert ledger(records[:2], 9, [], [3, 4]).whole
    assert not ledger([], 0, [], [1]).whole
