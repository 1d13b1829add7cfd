"""A device's LoRaWAN MAC without a radio: calls come in on standard input, what it says goes out on standard output.

    vlorawan.py          (started by davy.lorawan.device, under MicroPython or CPython)

A call is one line, a JSON list: a name and its arguments, bytes in hexadecimal. The answer is one line, a JSON object. Every
answer has what may have changed: "joined", "outcome" (once), "down" (port and payload, once), "stats", "due_ms"; that of
`step` has "order" and what belongs to it. At the end of the input the program ends.

    new       settings, t_ms      a MAC; settings: region, dwell, sub_band, dev_eui, join_eui, app_key or dev_addr, nwk_skey,
                                  app_skey; seed, kept (list), and those of `Mac`
    step      t_ms                sent, failed, silent, hearing    t_ms
    kept      ok, t_ms            heard   frame, rssi, snr, t_ms
    send      port, payload, confirmed, urgent, t_ms               -> "ok"
    room      urgent, t_ms        -> "room"        wait    n, urgent, t_ms    -> "wait_ms"
    ask_time        ask_link    t_ms            rejoin  t_ms     -> "ok"
"""

import json
import sys
from binascii import hexlify, unhexlify

from lorawan.mac import KEEP, LISTEN, SEND, Mac
from lorawan.regions.names import find
from lorawan.session import Abp, Otaa

_OWN = ("class_c", "adr", "share", "least", "error_ms", "antenna_dbi", "low_dbm", "high_dbm", "floor")


def _text(data) -> str:
    return hexlify(bytes(data)).decode()


def _new(values, t_ms: int):
    region = find(values["region"], values.get("dwell"), values.get("sub_band", 0))
    if "app_key" in values:
        who = Otaa(unhexlify(values["dev_eui"]), unhexlify(values["join_eui"]), unhexlify(values["app_key"]))
    else:
        who = Abp(unhexlify(values["dev_addr"]), unhexlify(values["nwk_skey"]), unhexlify(values["app_skey"]))
    kept = [unhexlify(copy) for copy in values.get("kept", ())]
    own = {}
    for name in _OWN:
        if name in values:
            own[name] = values[name]
    return Mac(region, who, t_ms, values.get("seed", 1), kept, **own)


def _order(mac, order: int) -> dict:
    """What belongs to an order."""
    said = {"order": order}
    if order == KEEP:
        said["kept"] = _text(mac.kept())
    elif order == SEND:
        said["frame"] = _text(memoryview(mac.frame)[: mac.length])
        said["power_dbm"] = mac.power_dbm
        said["dr"] = mac.sender.dr
        said["air_ms"] = mac.sender.air_ms
    elif order == LISTEN:
        said["open_ms"] = mac.open_ms
        said["close_ms"] = mac.close_ms
        said["continuous"] = mac.continuous
    if order in (SEND, LISTEN):
        said["freq_hz"], said["sf"], said["bw_hz"] = mac.freq_hz, mac.sf, mac.bw_hz
    return said


def _call(mac, name: str, args) -> dict:
    if name == "step":
        return _order(mac, mac.step(args[0]))
    if name == "kept":
        mac.was_kept(*args)
    elif name == "heard":
        frame = unhexlify(args[0])
        mac.heard(frame, len(frame), args[1], args[2], args[3])
    elif name == "send":
        payload = unhexlify(args[1])
        return {"ok": mac.send(args[0], payload, len(payload), args[2], args[3], args[4])}
    elif name == "room":
        return {"room": mac.room(*args)}
    elif name == "wait":
        return {"wait_ms": mac.wait_ms(*args)}
    elif name == "rejoin":
        return {"ok": mac.rejoin(*args)}
    else:
        getattr(mac, name)(*args)
    return {}


def main() -> None:
    """Serve calls until the input ends."""
    mac = None
    for line in sys.stdin:
        call = json.loads(line)
        name, args = call[0], call[1:]
        if name == "new":
            mac = _new(*args)
            said = {"found": mac.stack.found, "lost": mac.lost}
        else:
            said = _call(mac, name, args)
        said["joined"] = mac.joined
        said["due_ms"] = mac.due_ms
        said["state"] = mac.state
        said["outcome"] = mac.take_outcome()
        said["stats"] = mac.stats
        if mac.down_port >= 0:
            said["down"] = [mac.down_port, _text(memoryview(mac.payload)[: mac.down_length])]
            mac.taken()
        commands = mac.stack.commands
        if commands.time_answered:
            commands.time_answered = False
            said["time"] = [commands.gps_s, commands.gps_256, mac.gps_ms]
        if commands.link_answered:
            commands.link_answered = False
            said["link"] = [commands.margin_db, commands.gateways]
        print(json.dumps(said))


main()
