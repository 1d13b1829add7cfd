"""The interpreters: what each is, that heap sizes reach them, and that a missing one is named in one line."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from davy import runtime
from davy.errors import DavyError
from davy.runtime import Unavailable, apt, mp32


def run(name: str, code: str, heap: str = "") -> str:
    """What an interpreter prints."""
    command = [*runtime.command(name, heap), "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


FAILING_APT = """\
#!/bin/sh
case "$*" in
*no-release-info*) echo mirror:/x; exit ;;
indextargets*) exit ;;
esac
echo 'W: slow' >&2
echo 'E: no way' >&2
exit 100
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place where no 32-bit MicroPython lies yet."""
    home = tmp_path / "build" / "mp32"
    monkeypatch.setattr(mp32, "folder", lambda: home)
    runtime.find.cache_clear()
    yield home
    runtime.find.cache_clear()


def test_each_is_what_its_name_says() -> None:
    found, missing = runtime.interpreters()
    bits = {interpreter.name: interpreter.bits for interpreter in found}
    assert bits["cpython"] == 64 and bits["mp64"] == 64
    assert bits.get("mp32", 32) == 32
    assert [reason.name for reason in missing] in ([], ["mp32"])
    for interpreter in found:
        language = "cpython" if interpreter.name == "cpython" else "micropython"
        assert run(interpreter.name, "import sys; print(sys.implementation.name)").strip() == language


def test_heap_size_reaches_micropython() -> None:
    found, _ = runtime.interpreters()
    for name in [interpreter.name for interpreter in found if interpreter.name != "cpython"]:
        free = "import gc; gc.collect(); print(gc.mem_free() + gc.mem_alloc())"
        assert 80_000 < int(run(name, free, heap="100k")) <= 102_400
        assert int(run(name, free)) > 200_000


@pytest.mark.parametrize("heap", ["foo", "100", "0k", "-1k", "1e3k", "100G", "100k "])
def test_a_heap_that_is_no_size(heap: str) -> None:
    with pytest.raises(DavyError, match="is no size"):
        runtime.command("mp64", heap)


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="mp16"):
        runtime.command("mp16")


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_other_processors_are_told_at_once(elsewhere: Path, monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    with pytest.raises(Unavailable, match=f"mp32: i386 programs do not run on .*{machine}"):
        runtime.find("mp32")


def test_without_apt_one_line_says_so(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(elsewhere))
    found, missing = runtime.interpreters(("cpython", "mp32"))
    assert [interpreter.name for interpreter in found] == ["cpython"]
    assert [str(reason) for reason in missing] == ["mp32: there is no apt-get here"]
    assert not elsewhere.exists()


def test_a_failing_apt_is_quoted_in_one_line(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = elsewhere.parent / "bin"
    tools.mkdir(parents=True)
    fake = tools / "apt-get"
    fake.write_text(FAILING_APT)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(apt, "KEYRINGS", (fake,))
    with pytest.raises(Unavailable) as refused:
        runtime.find("mp32")
    assert str(refused.value) == "mp32: apt-get: E: no way"
    assert not elsewhere.exists()


def test_no_debian_archive_in_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {"$(REPO_URI)": "cdrom:x/\n", "known": "http://elsewhere/ubuntu/\tUbuntu\tUbuntu\n"}
    monkeypatch.setattr(
        apt, "run", lambda command, *_: said["$(REPO_URI)" if "--no-release-info" in command else "known"]
    )
    monkeypatch.setattr("shutil.which", lambda name: name)
    with pytest.raises(apt.AptError, match="name no Debian archive"):
        apt.fetch(mp32.PACKAGES, mp32.SUITE, mp32.ARCHITECTURE, tmp_path / "x")


def test_certain_archives_come_before_possible_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    known = "http://a/ubuntu/\tUbuntu\tUbuntu\nhttp://b/debian/\tDebian\tDebian\nhttp://c/\tDebian\tDebian-Security\n"
    bare = "http://d/\nhttp://a/ubuntu/\nhttp://b/debian/\nhttp://c/\ncdrom:[Debian]/\n"
    monkeypatch.setattr(apt, "run", lambda command, *_: bare if "--no-release-info" in command else known)
    assert apt.mirrors() == ["http://b/debian/", "http://d/"]


def test_a_hanging_program_is_given_up() -> None:
    with pytest.raises(apt.AptError, match="sleep gave no answer within 1 s"):
        apt.run(["sleep", "20"], 1)


def test_what_was_fetched_is_recorded() -> None:
    found, _ = runtime.interpreters(("mp32",))
    if not found:
        return  # the summary of the whole run says that it was not to be had
    record = json.loads((mp32.folder() / "packages.json").read_text())
    assert record["suite"] == mp32.SUITE and record["architecture"] == "i386"
    assert sorted(record["packages"]) == sorted(mp32.PACKAGES)
    assert all(len(package["sha256"]) == 64 and package["version"] for package in record["packages"].values())


def test_another_list_of_packages_is_fetched_anew(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere.mkdir(parents=True)
    record = {"suite": mp32.SUITE, "packages": {name: {} for name in mp32.PACKAGES[1:]}}
    (elsewhere / "packages.json").write_text(json.dumps(record))
    monkeypatch.setenv("PATH", str(elsewhere))
    with pytest.raises(Unavailable):
        runtime.find("mp32")
    record["packages"]["micropython"] = {}
    (elsewhere / "packages.json").write_text(json.dumps(record))
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    assert str(elsewhere / "root/usr/bin/micropython") in runtime.command("mp32")
    monkeypatch.setenv("LD_PRELOAD", "libfaketime.so")
    assert runtime.command("mp32") == [str(elsewhere / "micropython")]


def test_no_shell_stands_between_davy_and_the_32_bit_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that the kernel refuses is asked again: where a shell makes it, nobody sees that."""
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    found, _ = runtime.interpreters(("mp32",))
    for _ in found:
        assert Path(runtime.command("mp32")[0]).read_bytes()[:4] == b"\x7fELF"
