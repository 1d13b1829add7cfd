"""A desk of the service console with a journal, a core, and a console that takes frames, or does not."""

from test_journal_rig import Disk

from codec import hdlc
from codec.fields import get_u32, put_u32
from journal.log import Journal
from tag import events
from tag.console import kinds
from tag.console.desk import Desk
from tag.core import Core
from tag.reporting import records
from tag.settings import DEFAULTS

HEAD = kinds.HEAD


class Port:
    """A console that takes frames, or does not."""

    def __init__(self):
        self.takes = True
        self.bodies = []
        self._receiver = hdlc.Receiver()

    def put(self, view):
        if not self.takes:
            return False
        for b in view:
            if self._receiver.take(b):
                self.bodies.append(bytes(self._receiver.buf[: self._receiver.n]))
        return True


class Memory:
    def __init__(self, path):
        self.journal = Journal(path, key=b"k" * 16, segment_bytes=8192)
        self.journal.open()
        self.kept = []
        self.outbox = self

    def pending(self):
        return 3

    def keep(self, event):
        self.kept.append(event)


class App:
    """As tag/app.py for the desk."""

    def __init__(self, path):
        self.settings = dict(DEFAULTS, tag_id="00000000000da771", name="miner 7")
        self.version = 258
        self.board = "test"
        self.memory = Memory(path)
        self.core = Core(self.settings, 0)
        self.reporter = self.clock = self
        self.uptime_s = 77
        self.battery_mv = 3900
        self.restarts = 0
        self.lora = self.place = None

    def now_s(self, t_ms):
        return 0

    def alone(self, t_ms):
        return True

    def restart(self, t_ms):
        self.restarts += 1


class Rig:
    def __init__(self, records_n=0):
        self.disk = Disk()
        self.app = App(self.disk.folder)
        for n in range(records_n):
            buf = bytearray(records.LARGEST)
            size = records.encode((events.READING, n, 1, 0, n % 100), 0, 0, buf)
            self.app.memory.journal.append(buf, size, n)
        self.desk = Desk(self.app, self.disk.folder)
        self.port = Port()
        self.t_ms = 1000

    def ask(self, kind, *words, **more):
        body = bytearray(HEAD + 4 * len(words)) + more.get("data", b"")
        body[0] = kind
        body[1] = more.get("ident", 9)
        for i in range(len(words)):
            put_u32(body, HEAD + 4 * i, words[i])
        self.desk.take(body, len(body), self.t_ms)

    def work(self, rounds=2000):
        """Until there is nothing to do at once; the bodies that went out."""
        self.port.bodies = []
        for _ in range(rounds):
            if not self.desk.work(self.port, self.t_ms):
                break
        else:
            raise AssertionError("never ends")
        return self.port.bodies

    def text(self, kind):
        bodies = self.work()
        assert all([body[0] == kind and body[1] == 9 for body in bodies]), bodies
        assert [body[2] for body in bodies] == [1] * (len(bodies) - 1) + [0]
        return b"".join([body[3:] for body in bodies]).decode()


def file_of(rig, first):
    with open("%s/%08x.jnl" % (rig.app.memory.journal.path, first), "rb") as file:
        return file.read()


def listed(rig, start=0):
    rig.ask(kinds.LIST, start)
    [body] = rig.work()
    assert body[0] == kinds.LIST | kinds.ANSWER
    return [(get_u32(body, at), get_u32(body, at + 4)) for at in range(HEAD, len(body), 8)]
