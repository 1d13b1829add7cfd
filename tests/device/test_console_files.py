"""The journal over the service console: listed, hashed, read in windows while it grows, and files that are gone."""

import os

from console_rig import Rig, file_of, listed

from codec.fields import get_u32
from tag import events
from tag.console import kinds
from tag.reporting import records

HEAD = kinds.HEAD


def test_the_list_is_flushed_and_goes_on_from_a_number():
    rig = Rig(1000)
    rows = listed(rig)
    assert len(rows) > 2 and [first for first, _ in rows] == rig.app.memory.journal.firsts
    assert [size for _, size in rows] == [len(file_of(rig, first)) for first, _ in rows]
    assert listed(rig, rows[1][0]) == rows[1:]
    assert listed(rig, rows[-1][0] + 1) == []
    assert rig.app.memory.journal.flushed_seq == 1000


def test_a_hash_is_that_of_the_files_beginning():
    import hashlib

    rig = Rig(600)
    first, size = listed(rig)[0]
    for n in (size, 5000, 1, 0):
        rig.ask(kinds.HASH, first, n)
        [body] = rig.work()
        assert get_u32(body, HEAD) == n and body[HEAD + 4 :] == hashlib.sha256(file_of(rig, first)[:n]).digest()
    for bad in ((first, size + 1), (77777, 10)):
        rig.ask(kinds.HASH, *bad)
        [body] = rig.work()
        assert body[0] == kinds.REFUSED and body[3:] == b"cannot be read"


def read(rig):
    """What came: {offset: bytes}."""
    return {get_u32(body, HEAD): body[HEAD + 4 :] for body in rig.work() if body[0] == kinds.READ | kinds.ANSWER}


def test_a_file_is_read_as_far_as_was_said_and_goes_on():
    rig = Rig(600)
    first, size = listed(rig)[0]
    whole = file_of(rig, first)
    rig.ask(kinds.READ, first, 100, 1300)
    came = read(rig)
    assert b"".join([came[at] for at in sorted(came)]) == whole[100:1300] and max(map(len, came.values())) == kinds.DATA
    assert not rig.desk.work(rig.port, rig.t_ms)  # waits
    rig.ask(kinds.READ, first + 1, kinds.GO_ON, 2000)  # of another file
    assert read(rig) == {}
    rig.ask(kinds.READ, first, kinds.GO_ON, 1000)  # backwards
    assert read(rig) == {}
    rig.ask(kinds.READ, first, kinds.GO_ON, size + 999)
    came = read(rig)
    assert min(came) == 1300 and came[size] == b""
    assert b"".join([came[at] for at in sorted(came)]) == whole[1300:]
    rig.ask(kinds.READ, first, kinds.GO_ON, size + 5000)  # it has ended
    assert read(rig) == {}


def test_a_jump_back_is_a_new_read_and_a_new_question_ends_it():
    rig = Rig(600)
    first, _ = listed(rig)[0]
    rig.ask(kinds.READ, first, 0, 4000)
    for _ in range(5):
        rig.desk.work(rig.port, rig.t_ms)
    rig.ask(kinds.READ, first, 240, 720)
    assert sorted(read(rig)) == [240, 480]
    rig.ask(kinds.READ, first, 0, 4000)
    rig.desk.work(rig.port, rig.t_ms)
    rig.ask(kinds.HELLO)
    assert {body[0] for body in rig.work()} == {kinds.HELLO | kinds.ANSWER}


def test_the_journal_grows_while_it_is_read():
    rig = Rig(600)
    first, size = listed(rig)[-1]
    rig.ask(kinds.READ, first, 0, size)
    data = b""
    for n in range(400):
        if not rig.desk.work(rig.port, rig.t_ms):
            break
        buf = bytearray(records.LARGEST)
        rig.app.memory.journal.append(buf, records.encode((events.READING, n, 1, 0, 7), 0, 0, buf), n, n % 3 == 0)
    for body in rig.port.bodies:
        if body[0] == kinds.READ | kinds.ANSWER:
            data += body[HEAD + 4 :]
    assert data == file_of(rig, first)[:size]


def test_a_file_that_is_gone_is_refused():
    rig = Rig(600)
    first, size = listed(rig)[0]
    rig.ask(kinds.READ, first, 0, size)
    rig.desk.work(rig.port, rig.t_ms)
    os.remove("%s/%08x.jnl" % (rig.app.memory.journal.path, first))
    assert rig.work()[-1][0] == kinds.REFUSED
    for words in ((5, 0, 10), (first, 0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0, 1)):
        rig.ask(kinds.READ, *words)
        assert [body[0] for body in rig.work()] in ([kinds.REFUSED], [])
