"""Sizes beside CBOR and SenML: what docs/records.md claims of them, and that the others hold the same content."""

import cbor2
import pytest

from davy import docs_sizes, words
from davy.codecs import payload
from tag import events, schema
from tag.reporting import messages, records

TITLES = [title for title, _ in docs_sizes.CONTENTS]


def test_ours_are_at_most_half_of_named_cbor_and_of_senml():
    rows = [docs_sizes.lengths(event) for _, event in docs_sizes.CONTENTS[: docs_sizes.TYPICAL]]
    rows += [docs_sizes.message_lengths(message, args) for _, message, args in docs_sizes.SAID[: docs_sizes.SHORT]]
    for ours, named, _, _, senml in rows:
        assert 2 * ours <= named and 2 * ours <= senml


def test_what_is_not_half_is_text_bytes_and_runs_of_zeros():
    rows = {title: docs_sizes.lengths(event) for title, event in docs_sizes.CONTENTS}
    rows |= {title: docs_sizes.message_lengths(message, args) for title, message, args in docs_sizes.SAID}
    over = {title for title, (ours, named, _, _, senml) in rows.items() if 2 * ours > min(named, senml)}
    assert over == {"run of 34 readings, all 0", "samples", "crash", "message text"}


def test_an_array_is_as_short_and_grows():
    for title, event in docs_sizes.CONTENTS[: docs_sizes.TYPICAL]:
        ours, _, _, array, _ = docs_sizes.lengths(event)
        assert title.startswith("run") or 81 <= round(100 * ours / array) <= 100, title
    values = [events.ALARM, 65536, docs_sizes.BOOT, docs_sizes.T_MS, *docs_sizes.CONTENTS[0][1][1:]]
    assert len(cbor2.dumps(values)) == 18


@pytest.mark.parametrize("title", TITLES)
def test_the_others_hold_the_same_content(title: str):
    event = dict(docs_sizes.CONTENTS)[title]
    kind, seq, boot, t_ms, values = records.decode(docs_sizes.record(event))
    assert values == event[1:] and (kind, seq) == (event[0], docs_sizes.SEQ)
    packs = cbor2.loads(docs_sizes.senml(event))
    named = words.named(kind, values)
    flat = [value for pack in packs for label, value in pack.items() if label in (2, 3)]
    want = [seq, boot]
    for name, value in named.items():
        if name == "steps":
            want = want[:-1] + words.run(named)  # in place of the first value and the steps
        elif isinstance(value, list):
            want += [number for row in value for number in row]
        else:
            want.append(value)
    assert flat == want
    assert float(packs[0][-3]) == t_ms / 1000 and packs[0][-2] == f"{words.NAMES[kind]}."
    assert set().union(*packs) <= {-3, -2, 0, 2, 3, 6}, "labels of RFC 8428, table 4"


def test_heartbeat_and_alarm_fit_the_slowest_payloads():
    for title, most in (("heartbeat", 24), ("alarm", 20)):
        assert len(docs_sizes.record(dict(docs_sizes.CONTENTS)[title])) <= most
    for title, _, *parts in docs_sizes.fits():
        assert parts[:2] == (["3", "3"] if title == "samples" else ["1", "1"]), title


def test_a_message_is_what_goes_out():
    for _, message, args in docs_sizes.SAID:
        row = schema.MESSAGES[message].arguments
        data = payload.encode_downlink(message, 1201, dict(zip((field.name for field in row), args, strict=True)))
        assert len(data) == docs_sizes.message_lengths(message, args)[0] == 3 + len(messages.encode(message, args))
