"""Orders about LoRa radios that a device test gives, beside those of `script`:

| order | effect |
|---|---|
| `{"do": "radio_send", "in_ms": 5, "payload": "c0ffee", "freq_hz": 868100000, "sf": 7}` | a gateway sends; more: `Ether.transmit` |
| `{"do": "radio_log"}` | -> the newest frames on the air, the newest last: n (how many so far), sender, payload, freq_hz, ... |
| `{"do": "radio_path", "loss_db": 130}` | so much is lost on every way from now on, null: everything |
| `{"do": "complaints", "chip": "sx1262"}` | -> what was done to a radio that its datasheet forbids; forgotten then |
"""

from typing import Any

from davy.vtag.board import Board

NEWEST = 4  # frames in one answer
Order = dict[str, Any]


def radio_order(board: Board, order: Order, t_us: int) -> Any:
    """Carry out one order; the answer goes back to the script."""
    ether = board.world.ether
    if order["do"] == "complaints":
        chip = board.chips[order["chip"]]
        found, chip.complaints = chip.complaints, []
        return found
    if order["do"] == "radio_path":
        ether.loss_db = lambda sender, receiver, at_us: order["loss_db"]
        return True
    if order["do"] == "radio_log":
        return [
            {
                "n": len(ether.log),
                "sender": sent.sender,
                "payload": sent.payload.hex(),
                "freq_hz": round(sent.freq_hz),
                "sf": sent.modulation.sf,
                "bw_hz": sent.modulation.bw_hz,
                "low_rate": sent.modulation.optimised,
                "inverted": sent.inverted,
                "sync": sent.sync,
                "dbm": round(sent.power_dbm, 1),
                "preamble": sent.preamble,
                "crc": sent.crc,
                "start_ms": sent.start_us / 1000,
                "end_ms": sent.end_us / 1000,
            }
            for sent in ether.log[-NEWEST:]
        ]
    more = {key: value for key, value in order.items() if key not in ("do", "in_ms", "payload")}
    ether.transmit(t_us + int(order.get("in_ms", 0) * 1000), bytes.fromhex(order["payload"]), **more)
    return True
