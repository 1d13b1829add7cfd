"""One port, in a process of its own: `python -m davy.flashing.worker PORT`, the plan as a line of JSON on standard input.

esptool prints, keeps one log for all, and may be stopped anywhere: so each port has its own. With {"probe": true} for a plan it
only says which chip answers. What happens comes as lines of JSON:

    {"event": "chip", "chip": "esp32s3", "mac": "34:85:...", "flash_b": 4194304}
    {"event": "write", "done": 16384, "total": 1638400}
    {"event": "check"} {"event": "read", "done": ..., "total": ...}
    {"event": "done", "skipped": false} or {"event": "failed", "why": "..."}

Nothing is erased or written before everything about the chip has been checked.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from davy import partitions
from davy.crewtalk import Say, speaking

ATTEMPTS = 7  # as many as esptool itself makes: with a tray on one computer, one more may be the one that is answered


class Refused(Exception):
    """Why this port is left as it is."""


def work(port: str, plan: dict[str, Any], say: Say) -> None:
    """Carry the plan out on one port. Raises Refused, and what esptool and pyserial raise."""
    from esptool.cmds import attach_flash, detect_chip, erase_flash, write_flash

    if plan.get("probe"):
        with detect_chip(port, connect_attempts=1) as rom:
            say("chip", chip=rom.CHIP_NAME, mac="", flash_b=0)
            rom.hard_reset()
        return
    data = Path(plan["image"]).read_bytes()
    with detect_chip(port, connect_attempts=ATTEMPTS) as rom:
        esp: Any = rom
        chip = esp.CHIP_NAME.lower().replace("-", "")
        if chip != plan["mcu"]:
            raise Refused(f"this is an {esp.CHIP_NAME}, board '{plan['board']}' has another: nothing was changed")
        if esp.secure_download_mode or esp.get_secure_boot_enabled() or esp.get_flash_encryption_enabled():
            raise Refused("this chip is locked by its owner (secure boot or encrypted flash): nothing was changed")
        if plan["stub"]:
            esp = esp.run_stub()
            if plan["baud"] != esp.get_baud():
                esp.change_baud(plan["baud"])
        attach_flash(esp)
        flash_b = _flash_size(esp)
        mac = ":".join(f"{byte:02x}" for byte in esp.read_mac("BASE_MAC"))
        say("chip", chip=chip, mac=mac, flash_b=flash_b)
        if flash_b < plan["flash_b"]:
            has, need = flash_b >> 20, plan["flash_b"] >> 20
            raise Refused(f"its flash has {has} MB, board '{plan['board']}' has {need}: nothing was changed")
        if plan["erase"]:
            if not plan["stub"]:
                raise Refused("the chip's own loader cannot erase all: leave out --no-stub")
            say("erase")
            erase_flash(esp)
        else:
            _must_keep_files(esp, plan, len(data))
        written = _watch(esp, len(data), say)
        write_flash(esp, [(plan["address"], data)], no_progress=True, skip_flashed=not plan["erase"])
        say("check")
        if plan["read_back"]:
            back = esp.read_flash(
                plan["address"], len(data), lambda done, total, _: say("read", done=done, total=total)
            )
            if back != data:
                at = next(i for i, (a, b) in enumerate(zip(back, data, strict=True)) if a != b)
                raise Refused(
                    f"what was read back differs at {plan['address'] + at:#x}: run it again, then change the board"
                )
        esp.hard_reset()
        say("done", skipped=not written)


def _flash_size(esp: Any) -> int:
    """Bytes, by the flash chip's own identification; 0: it says none."""
    from esptool.cmds import detect_flash_size

    text = detect_flash_size(esp) or "0KB"
    return int(text[:-2]) * (1 << 20 if text.endswith("MB") else 1 << 10)


def _must_keep_files(esp: Any, plan: dict[str, Any], image_b: int) -> None:
    """Refuse what would cost a tag its journal: another place for the file system, or an image that reaches into it."""
    from davy.vtag.flashimage import blocks_of

    table = esp.read_flash(partitions.TABLE_AT, partitions.TABLE_B, None)
    now = next((part for part in partitions.table(table, 0) if part.file_system), None)
    if now is None:
        return
    stays = plan["files"] == [now.offset, now.size] and plan["address"] + image_b <= now.offset
    if stays or not blocks_of(esp.read_flash(now.offset, 8192, None)):
        return
    raise Refused("the image would cost the tag its journal and settings: davy logs pull, then flash with --erase")


def _watch(esp: Any, total: int, say: Say) -> list[int]:
    """Tell of each block that is written; the list is empty when there was none."""
    written: list[int] = []
    blocks = [0]

    def begin(real: Callable[..., int]) -> Callable[..., int]:
        def call(*args: Any, **options: Any) -> int:
            say("write", done=0, total=total)
            blocks[0] = real(*args, **options)
            return blocks[0]

        return call

    def block(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(data: bytes, sequence: int, *args: Any, **options: Any) -> Any:
            answer = real(data, sequence, *args, **options)
            written.append(sequence)
            say("write", done=min(total, total * (sequence + 1) // max(blocks[0], 1)), total=total)
            return answer

        return call

    for name in ("flash_begin", "flash_defl_begin"):
        setattr(esp, name, begin(getattr(esp, name)))
    for name in ("flash_block", "flash_defl_block"):
        setattr(esp, name, block(getattr(esp, name)))
    return written


def reason(error: BaseException) -> str:
    """What a person can do about what esptool says."""
    text = " ".join(str(error).split("\n")[0].split())
    if "Failed to connect" in text or "No serial data received" in text:
        return "no loader answers: hold BOOT, press RESET, let go, and run it again; is the cable one for data?"
    if "ould not open" in text or "Could not exclusively lock" in text:
        return "the port cannot be opened: is the cable in, and no other program on it?"
    if "MD5" in text or "region is empty" in text:
        return "what was written is not what should be there: run it again; if it stays so, the flash is worn"
    return f"{text.rstrip('.')}: run it again, the chip's own loader is always there"


def main() -> None:
    """The process."""
    say, heard = speaking()
    try:
        work(sys.argv[1], heard(), say)
    except Refused as error:
        say("failed", why=str(error))
    except Exception as error:  # the process ends, the others go on: its last words tell why
        say("failed", why=reason(error))


if __name__ == "__main__":
    main()
