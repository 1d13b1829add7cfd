"""The two configuration files: which one wins, what the tag is told, and that no power cut loses both."""

import os

from tag import config, settings
from tag.events import CODE_CORRUPT, CODE_MISSING, CODE_RANGE

MODULES = {}  # CPython has no littlefs: plain files take its place there
for name in ("vfs", "shutil", "tempfile"):
    try:
        MODULES[name] = __import__(name)
    except ImportError:
        MODULES[name] = None
vfs = MODULES["vfs"]

OPEN = "open"
BLOCK_B = 512
BLOCKS = 32


class RamDisk:
    """Flash in memory whose power fails: after `left` changes the next one is half done, and then there are none."""

    def __init__(self, data=b"\xff" * (BLOCK_B * BLOCKS)):
        self.data = bytearray(data)
        self.power(-1)

    def power(self, left):
        self.left = left
        self.dead = False

    def _change(self, start, new):
        if self.dead:
            raise OSError(5)
        self.dead = self.left == 0
        size = len(new) // 2 if self.dead else len(new)
        self.data[start : start + size] = new[:size]
        if self.dead:
            raise OSError(5)
        self.left -= self.left > 0

    def readblocks(self, block, buf, off=0):
        start = block * BLOCK_B + off
        buf[:] = self.data[start : start + len(buf)]

    def writeblocks(self, block, buf, off=0):
        self._change(block * BLOCK_B + off, buf)

    def ioctl(self, op, arg):
        if op == 4:
            return BLOCKS
        if op == 5:
            return BLOCK_B
        if op == 6:
            self._change(arg * BLOCK_B, b"\xff" * BLOCK_B)
        return 0


class Flash:
    """Where one test keeps its files: a littlefs of its own, or a folder."""

    def __init__(self):
        if vfs:
            self.disk = RamDisk()
            vfs.VfsLfs2.mkfs(self.disk)
            vfs.mount(vfs.VfsLfs2(self.disk), "/cfg")
            self.root = "/cfg"
        else:
            self.root = MODULES["tempfile"].mkdtemp()

    def restart(self, data):
        """Mount the same file system anew from the bytes that are in flash."""
        vfs.umount(self.root)
        self.disk = RamDisk(data)
        vfs.mount(vfs.VfsLfs2(self.disk), self.root)

    def put(self, name, data):
        with open(self.root + "/" + name, "wb") as file:
            file.write(data)

    def get(self, name):
        with open(self.root + "/" + name, "rb") as file:
            return file.read()

    def close(self):
        if vfs:
            vfs.umount("/cfg")
        else:
            MODULES["shutil"].rmtree(self.root)


def with_flash(test):
    """Run a test with files of its own, and take them away whatever becomes of it."""

    def run():
        flash = Flash()
        try:
            test(flash)
        finally:
            flash.close()

    return run


def changed(**values):
    """The defaults with some settings replaced."""
    result = dict(settings.DEFAULTS)
    result.update(values)
    return result


@with_flash
def test_a_new_tag_has_defaults(flash):
    values, result, problem = config.load(flash.root)
    assert (values, result) == (settings.DEFAULTS, CODE_MISSING) and problem
    assert values is not settings.DEFAULTS  # changing one tag's settings must not change the table
    assert config.newest(flash.root) == 0


@with_flash
def test_writes_alternate_and_the_newest_wins(flash):
    for generation in range(1, 8):
        assert config.save(flash.root, {"still_s": 20 + generation}, generation) == ""
        assert config.load(flash.root) == (changed(still_s=20 + generation), 0, "")
        assert config.newest(flash.root) == generation
    assert config.decode(flash.get("config.a"))[0] == 7
    assert config.decode(flash.get("config.b"))[0] == 6


@with_flash
def test_a_damaged_newest_falls_back_to_the_older(flash):
    config.save(flash.root, {"still_s": 21}, 1)
    config.save(flash.root, {"still_s": 22}, 2)
    whole = flash.get("config.b")
    for damaged in (b"", whole[:-1], whole.replace(b"22", b"23"), b"\xff" * len(whole), whole * 50):
        flash.put("config.b", damaged)
        values, result, problem = config.load(flash.root)
        assert (values, result) == (changed(still_s=21), CODE_CORRUPT), damaged[:40]
        assert problem.startswith("config.b: "), problem
    # the next write repairs the damaged file and leaves the whole one alone
    assert config.save(flash.root, {"still_s": 24}, 2) == ""
    assert config.load(flash.root) == (changed(still_s=24), 0, "")
    assert config.decode(flash.get("config.a"))[0] == 1


@with_flash
def test_both_damaged_gives_defaults(flash):
    flash.put("config.a", b"\x00" * 100)
    flash.put("config.b", b"davy-config 1 3 00000000\n{}")
    values, result, problem = config.load(flash.root)
    assert (values, result) == (settings.DEFAULTS, CODE_CORRUPT)
    assert "config.a" in problem and "config.b" in problem


@with_flash
def test_what_cannot_be_used_is_named_and_keeps_its_default(flash):
    flash.put("config.a", config.encode({"still_s": 5, "colour": "red", "heartbeat_s": 30, "name": None}, 4))
    values, result, problem = config.load(flash.root)
    assert (values, result) == (changed(heartbeat_s=30), CODE_RANGE)
    for name in ("still_s", "colour", "name"):
        assert name in problem, problem


@with_flash
def test_a_long_list_of_problems_is_cut(flash):
    flash.put("config.b", config.encode({"unknown%d" % i: i for i in range(40)}, 1))
    values, result, problem = config.load(flash.root)
    assert (values, result) == (settings.DEFAULTS, CODE_RANGE) and len(problem) <= 120


@with_flash
def test_a_folder_in_place_of_a_file(flash):
    os.mkdir(flash.root + "/config.a")
    values, result, _ = config.load(flash.root)
    assert (values, result) == (settings.DEFAULTS, CODE_CORRUPT)
    assert config.save(flash.root, {}, 1).startswith("config.a: not written")


@with_flash
def test_save_refuses_what_load_would_refuse(flash):
    assert config.save(flash.root, {"still_s": 30}, 5) == ""
    assert config.save(flash.root, {"still_s": 1}, 6).startswith("still_s: ")
    assert config.save(flash.root, {"colour": 1}, 6)
    for generation in (5, 4, 0, -1, 1000000000):
        assert "not after 5" in config.save(flash.root, {}, generation), generation
    assert config.load(flash.root) == (changed(still_s=30), 0, "")


@with_flash
def test_a_file_cut_at_any_byte_is_not_used(flash):
    # Plain files promise less than littlefs: a cut may leave any beginning of the file that was being written.
    config.save(flash.root, {"still_s": 111}, 1)
    slot = config.encode({"still_s": 222}, 2)
    for size in range(len(slot)):
        flash.put("config.b", slot[:size])
        assert config.load(flash.root)[:2] == (changed(still_s=111), CODE_CORRUPT), size


def cut_everywhere(flash, old, new):
    """Save `new` over `old` with the power failing at each change of the flash; gives the number of changes."""
    assert config.save(flash.root, old, 1) == config.save(flash.root, old, 2) == ""
    before = bytes(flash.disk.data)
    opened = []

    def opening(path, mode):
        opened.append(open(path, mode))
        return opened[-1]

    cut = 0
    while True:
        flash.restart(before)
        flash.disk.power(cut)
        setattr(config, OPEN, opening)
        said = config.save(flash.root, new, 3)
        setattr(config, OPEN, open)
        after = bytes(flash.disk.data)
        # The interpreter lives on, unlike that of a tag without power: let it close its file, on a disk nobody reads.
        flash.disk.power(-1)
        while opened:
            opened.pop().close()
        flash.restart(after)
        values, result, problem = config.load(flash.root)
        assert (result, problem) == (0, ""), (cut, problem)
        assert values == changed(**new) or (said and values == changed(**old)), (cut, said)
        if not said:
            return cut
        cut += 1


@with_flash
def test_a_power_cut_at_any_write_leaves_the_old_or_the_new(flash):
    if vfs:  # else there is no flash whose power could fail; the test above stands for it
        assert cut_everywhere(flash, {"still_s": 111}, {"still_s": 222}) >= 1  # lies within the directory: one write


@with_flash
def test_a_power_cut_in_a_long_file_leaves_the_old_or_the_new(flash):
    if vfs:
        texts = {name: "x" * row[3] for name, row in settings.SETTINGS.items() if row[0] == "text"}
        assert cut_everywhere(flash, changed(still_s=111, **texts), changed(still_s=222, **texts)) >= 3
