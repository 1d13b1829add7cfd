"""Runs a device script under any interpreter with a virtual board around it: how device tests meet hardware.

    python -m davy.vtag.script mp64 FILE.py [ARG ...]

Inside the script `machine` is the virtual one and `vport.control({...})` gives orders to the host:

| order | effect |
|---|---|
| `{"do": "fault", "chip": "lis3dh", "name": "nak", "value": 1.0}` | switch a chip's fault on |
| `{"do": "clear", "chip": "lis3dh"}` | switch all faults of a chip off |
| `{"do": "accel", "mg": [x, y, z]}` | acceleration in the tag's axes |
| `{"do": "gas", "name": "ch4", "value": 1.2}` | concentration in the gas's own unit |
| `{"do": "air", "temp_c": 20, "press_hpa": 1013.25, "humid_pct": 50}` | the air around the tag |
| `{"do": "skin", "bpm": 70, ...}` | skin under the sensor at the tag's back, with fields of `vtag.skin.Skin` |
| `{"do": "battery", "mv": 3700}`, `{"do": "button", "down": true}` | battery, button |
| `{"do": "sda_hold", "bus": 0, "clocks": 5}` | a chip holds SDA low until so many clock pulses have come |
| `{"do": "fit", "buses": {...}, "parts": [...]}` | solder buses and parts on, in the words of a board.json |
| `{"do": "spi_dead", "bus": 1, "level": 255}` | the wires of an SPI bus are broken: all reads so; -1 mends them |
| `{"do": "radio_send", ...}`, and others | LoRa frames from outside, what was sent, the way: `script_radio` |
| `{"do": "wifi", "up": false}`, `{"do": "reset_chip", "chip": "lis3dh"}` | access point gone; one chip loses its power |
| `{"do": "listen", "port": 99, "says": "echo"}` | a server on 10.0.0.1: "echo", "finish" or "reset" after the first bytes |
| `{"do": "port", "port": 99, "refuse": true}` | what is wrong with it, see `streams.Port`: refuse, silent, stalled |
| `{"do": "beacons", "heard": [["0201...", -60]]}` | what a Bluetooth scan hears; `"deaf": true`: nothing until off and on |
| `{"do": "ble"}` | -> what the tag advertises (hex), its interval in ms, how long it has listened, whether it is on |
| `{"do": "outputs"}` | -> what shines, sounds and shakes: rgb, buzzer_hz, motor_percent |
| `{"do": "power_cut_in", "writes": n, "mode": "torn"}` | power fails in the n-th flash operation from now on |
"""

import sys
from pathlib import Path
from typing import Any

from davy import roots
from davy.vtag.bench import Bench, TagHung
from davy.vtag.board import Board
from davy.vtag.flash import Flash
from davy.vtag.radio import Network
from davy.vtag.script_radio import radio_order
from davy.vtag.skin import Skin
from davy.vtag.streams import Near
from davy.vtag.tag import VBOOT, VirtualTag, load_spec
from davy.vtag.world import World


class Answering:
    """A server that echoes, closes or breaks off."""

    def __init__(self, stream: Near, says: str) -> None:
        self._stream = stream
        self._says = says

    def received(self, data: bytes, t_us: int) -> None:
        """Do the one thing it does."""
        if self._says == "echo":
            self._stream.send(data, t_us)
        else:
            getattr(self._stream, self._says)(t_us)

    def lost(self, t_us: int) -> None:
        """Nothing depends on it."""


class Control:
    """Carries out a test's orders."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def __call__(self, order: dict[str, Any], t_us: int) -> Any:
        """One order; the answer goes back to the script."""
        board, world = self.board, self.board.world
        match order:
            case {"do": "fault", "chip": chip, "name": name}:
                board.chips[chip].faults.set(name, float(order.get("value", 1.0)))
            case {"do": "clear", "chip": chip}:
                board.chips[chip].faults.clear()
            case {"do": "reset_chip", "chip": chip}:
                board.chips[chip].reset(t_us)
            case {"do": "accel", "mg": [x, y, z]}:
                world.accel_source = lambda _: (x, y, z)
            case {"do": "gas", "name": name, "value": value}:
                other = world.gas_source
                world.gas_source = lambda gas, at: value if gas == name else other(gas, at)
            case {"do": "air", "temp_c": temp_c, "press_hpa": press_hpa, "humid_pct": humid_pct}:
                world.air_source = lambda _: (temp_c, press_hpa, humid_pct)
            case {"do": "skin", **fields}:
                world.light_source = Skin(**fields).light
            case {"do": "battery", "mv": mv}:
                world.battery_source = lambda _: mv
            case {"do": "button", "down": down}:
                world.button_source = lambda _: bool(down)
            case {"do": "sda_hold", "bus": bus, "clocks": clocks}:
                board.i2c[bus].hold_clocks = clocks
            case {"do": "fit"}:
                board.fit(order)
            case {"do": "spi_dead", "bus": bus, "level": level}:
                board.spi[bus].dead = level if level >= 0 else None
            case {"do": "wifi", "up": up}:
                board.wifi.network.up = bool(up)
            case {"do": "listen", "port": port, "says": says}:
                board.wifi.network.listen("10.0.0.1", port, lambda stream, at_us: Answering(stream, says))
            case {"do": "port", "port": port}:
                for name in ("refuse", "silent", "stalled"):
                    setattr(board.wifi.network.ports[("10.0.0.1", port)], name, bool(order.get(name)))
            case {"do": "beacons", "heard": heard}:
                said = [(bytes(6), bytes.fromhex(data), dbm) for data, dbm in heard]
                board.ble.beacons = lambda _: said
                board.ble.deaf = bool(order.get("deaf"))
            case {"do": "ble"}:
                ble = board.ble
                data = (ble.advertising or b"").hex()
                return {
                    "on": ble.active,
                    "says": data,
                    "ms": ble.interval_us / 1000,
                    "listened_ms": ble.listened_us / 1000,
                }
            case {"do": "outputs"}:
                return {"rgb": board.rgb, "buzzer_hz": board.buzzer_hz, "motor_percent": board.motor_percent}
            case {"do": "power_cut_in", "writes": writes}:
                board.flash.cut_at, board.flash.cut_mode = int(writes), str(order.get("mode", "torn"))
            case {"do": "radio_send" | "radio_log" | "radio_path" | "complaints"}:
                return radio_order(board, order, t_us)
            case _:
                raise ValueError(f"unknown order: {order}")
        return True


def run_script(
    interpreter: str,
    script: Path,
    args: tuple[str, ...] = (),
    *,
    heap: str = "",
    timeout_s: float = 300.0,
    board: str = "virtual",
) -> tuple[int, str]:
    """Run `script` under "cpython", "mp64" or "mp32"; return (exit code, everything printed)."""
    import threading

    hardware = Board(load_spec(roots.BOARDS / board / "board.json"), World(), Flash(64), Network())
    hardware.on_control = Control(hardware)
    path = [str(roots.FIRMWARE), str(roots.LIB), str(script.parent)]
    environment = {
        "MICROPYPATH": ":".join([str(VBOOT.parent), ".frozen", *path]),
        "PYTHONPATH": ":".join([*path, str(roots.SHIMS)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    output = bytearray()
    # A test may compute for as long as it has time.
    with Bench(hung_s=timeout_s) as bench:
        tag = bench.add(
            VirtualTag(
                hardware,
                interpreter=interpreter,
                heap=heap,
                console=False,
                script=[script, *args],
                environment=environment,
            )
        )
        tag.console.on_output = output.extend
        tag.power_on(0)
        killer = threading.Timer(timeout_s, tag.terminate)
        killer.start()
        try:
            bench.run_until(None, until=lambda: not tag.on)
        except TagHung as error:
            output += f"\n{error}\n".encode()
        finally:
            killer.cancel()
    return (1 if tag.exit_code is None else tag.exit_code), output.decode(errors="replace").replace("\r\n", "\n")


def main() -> None:
    """Command line of this module."""
    code, text = run_script(sys.argv[1], Path(sys.argv[2]).resolve(), tuple(sys.argv[3:]))
    sys.stdout.write(text)
    sys.exit(code)


if __name__ == "__main__":
    main()
