"""Records: every kind there and back, sizes on the air, limits, damage, newer versions. Bytes are from CPython's struct."""

from codec.fields import TEXT_MAX, FieldError, size
from tag import events
from tag.reporting import records


def sample(kind, value):
    """An event of a kind with every integer field at `value`."""
    event = [kind, 123456]
    for field in events.SCHEMA[kind][2]:
        event.append("gr\u00fc\u00df" if field == "s" else bytes(range(120)) if field == "x" else value)
    return tuple(event)


def test_every_kind_there_and_back():
    buf = bytearray(records.LARGEST)
    for kind in events.SCHEMA:
        for value in (0, 1, 127):
            event = sample(kind, value)
            end = records.encode(event, 0x01020304, 0xFFEE, buf, 3)
            assert records.decode(buf, 3, end) == (kind, 0x01020304, 0xFFEE, 123456, event[2:])
            assert end - 3 <= records.LARGEST


def test_bytes_of_an_alarm():
    buf = bytearray(40)
    n = records.encode((events.ALARM, 1000000, events.ALARM_GAS_HIGH, events.ON, events.CH4, 153), 66051, 7, buf)
    # struct.pack("<BIHIBBBh", 4, 66051, 7, 1000000, 3, 2, 1, 153)
    assert bytes(buf[:n]) == b"\x04\x03\x02\x01\x00\x07\x00\x40\x42\x0f\x00\x03\x02\x01\x99\x00"


def test_sizes_on_the_air():
    sizes = {}
    for row in events.SCHEMA.values():
        sizes[row[0]] = records.HEADER + size(row[2])
    assert sizes["alarm"] <= 20 and sizes["fall"] <= 20 and sizes["fault"] <= 20
    assert sizes["heartbeat"] <= 30
    for name, n in sizes.items():
        assert n + TEXT_MAX <= records.LARGEST, name


def test_values_out_of_range_saturate():
    buf = bytearray(40)
    for value, stored in ((40000, 32767), (-40000, -32768)):
        n = records.encode((events.ALARM, 0, 300, -1, 2, value), 1, 1, buf)
        assert records.decode(buf, 0, n)[4] == (255, 0, 2, stored)


def test_every_truncation_is_a_named_error():
    buf = bytearray(records.LARGEST)
    for kind, row in events.SCHEMA.items():
        n = records.encode(sample(kind, 5), 9, 9, buf)
        whole = records.HEADER + size(row[2])
        for end in range(n):
            try:
                records.decode(buf, 0, end)
                assert end >= whole, (kind, end)  # only text and bytes may end early
            except FieldError:
                assert end < whole, (kind, end)
    for start, end in ((0, 161), (-5, 3), (155, 400)):
        try:
            records.decode(buf, start, end)
            raise AssertionError("decoded bytes outside the buffer")
        except FieldError:
            pass


def test_unknown_kind_gives_its_header_and_says_so():
    record = b"\xc8\x05\x00\x00\x00\x02\x00\x10\x00\x00\x00abc"
    assert records.decode(record) == (200, 5, 2, 16, None)
    assert not records.urgent(200)


def test_longer_record_of_a_newer_tag_is_read_as_far_as_known():
    buf = bytearray(40)
    n = records.encode((events.STILL, 5, 30), 1, 2, buf)
    buf[n] = 0xAA
    assert records.decode(buf, 0, n + 1)[4] == (30,)


def test_an_event_unlike_its_schema_is_refused():
    buf = bytearray(40)
    for event in ((250, 0), (events.STILL, 0), (events.STILL, 0, 1, 2)):
        try:
            records.encode(event, 1, 1, buf)
            raise AssertionError(event)
        except FieldError:
            pass


def test_urgent_kinds_are_those_of_the_schema():
    for kind, row in events.SCHEMA.items():
        assert records.urgent(kind) == (row[1] == 1) and records.KEPT >> kind & 1 == (row[1] > 0)
    assert records.urgent(events.ALARM) and not records.urgent(events.READING)
