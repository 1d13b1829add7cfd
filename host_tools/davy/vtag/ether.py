"""The air between LoRa radios: the tags', and the gateway's, on one world time.

A receiver hears a frame when it listens on its frequency (to a quarter of the bandwidth), with its spreading factor, bandwidth,
IQ and sync word; when LOCK_SYMBOLS of the preamble pass while it does so; and when it goes on to listen until the end.

Collisions  frames that overlap in time on one frequency, with the same spreading factor, bandwidth and IQ, destroy each other at
            a receiver, unless one is CAPTURE_DB stronger there than each of the others: that one survives. A receiver that has
            locked on a weaker frame does not change over. Other spreading factors, and the other IQ, do not disturb.
Damage      in the header: nothing is received. Later: the CRC is wrong, or without one the bytes are.
Path        `loss_db(sender, receiver, t_us)`: dB that are lost on the way, None: no way. `lose(sender, receiver, t_us)`: True loses
            one frame altogether; `shares` and `pattern` make such functions.
Time        everything follows from what was sent when; `at` (a bench's calendar) only makes ends happen by themselves.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from davy.vtag.loratime import SNR_LEAST_DB, Modulation

LOCK_SYMBOLS = 5
CAPTURE_DB = 6.0
PUBLIC = 0x34  # sync word of LoRaWAN
KEEP_US = 20_000_000  # longer than any frame

Loss = Callable[[str, str, int], bool]


@dataclass(eq=False)
class Transmission:
    """One frame on the air; `cut_us`: its sender stopped in the middle."""

    sender: str
    payload: bytes
    freq_hz: float
    modulation: Modulation
    start_us: int
    inverted: bool = False
    sync: int = PUBLIC
    power_dbm: float = 14.0
    preamble: int = 8
    crc: bool = True
    cut_us: int | None = None
    fate: dict[str, bool] = field(default_factory=dict)  # receiver -> lost on the way

    @property
    def locked_us(self) -> int:
        """Last moment at which a receiver can still lock."""
        return self.start_us + int(self.preamble * self.modulation.symbol_us)

    @property
    def header_us(self) -> int:
        """End of the header."""
        return self.start_us + int(self.modulation.header_us(self.preamble))

    @property
    def whole_us(self) -> int:
        """End of the frame if nothing stops it."""
        return self.start_us + round(self.modulation.airtime_us(len(self.payload), self.preamble, self.crc))

    @property
    def end_us(self) -> int:
        """When its sender is silent again."""
        return self.whole_us if self.cut_us is None else min(self.cut_us, self.whole_us)


@dataclass(frozen=True)
class Ear:
    """What a receiver listens for."""

    freq_hz: float
    modulation: Modulation
    inverted: bool = True
    sync: int = PUBLIC

    def fits(self, sent: Transmission) -> bool:
        """Whether it could demodulate that."""
        ours, theirs = self.modulation, sent.modulation
        return (
            abs(self.freq_hz - sent.freq_hz) <= ours.bw_hz / 4
            and (ours.sf, ours.bw_hz, ours.optimised) == (theirs.sf, theirs.bw_hz, theirs.optimised)
            and (self.inverted, self.sync) == (sent.inverted, sent.sync)
        )


@dataclass(frozen=True)
class Reception:
    """A frame as a receiver has it; `crc` None: its header says that it has none."""

    sent: Transmission
    payload: bytes
    crc: bool | None
    rssi_dbm: float
    snr_db: float


class Radio(Protocol):
    """What hangs on the air besides listeners."""

    def settle(self, t_us: int) -> None:
        """World time has come to `t_us`."""


Callback = Callable[[Reception], None]


def shares(share: float, seed: int = 1) -> Loss:
    """Frames get lost at random."""
    dice = random.Random(seed)
    return lambda sender, receiver, t_us: dice.random() < share


def pattern(lost: Sequence[bool]) -> Loss:
    """Frames get lost as recorded, from the begin again at the end; each link counts its own."""
    counts: dict[tuple[str, str], int] = {}

    def lose(sender: str, receiver: str, t_us: int) -> bool:
        n = counts[sender, receiver] = counts.get((sender, receiver), -1) + 1
        return lost[n % len(lost)]

    return lose


class Ether:
    """One air. `log` has everything that was ever sent."""

    def __init__(self) -> None:
        self.at: Callable[[int, Callable[[int], None]], None] | None = None
        self.loss_db: Callable[[str, str, int], float | None] = lambda sender, receiver, t_us: 100.0
        self.lose: Loss = lambda sender, receiver, t_us: False
        self.log: list[Transmission] = []
        self.radios: list[Radio] = []
        self._recent: list[Transmission] = []
        self._unheard: list[Transmission] = []
        self._listeners: list[tuple[str, bool, int, Callback]] = []

    # -- sending

    def send(self, sent: Transmission) -> Transmission:
        """Put a frame on the air; it may begin in the future."""
        self.log.append(sent)
        self._recent = [one for one in self._recent if one.end_us > sent.start_us - KEEP_US]
        self._recent.append(sent)
        self._unheard.append(sent)
        self.call_at(sent.whole_us, self.settle)
        return sent

    def transmit(
        self,
        t_us: int,
        payload: bytes,
        freq_hz: float,
        sf: int,
        bw_hz: int = 125_000,
        *,
        sender: str = "gateway",
        inverted: bool = True,
        crc: bool = False,
        power_dbm: float = 14.0,
        preamble: int = 8,
        sync: int = PUBLIC,
    ) -> Transmission:
        """A frame from outside: as a gateway sends a downlink, if nothing else is said."""
        how = Modulation(sf, bw_hz)
        return self.send(
            Transmission(sender, payload, freq_hz, how, t_us, inverted, sync, power_dbm, preamble, crc),
        )

    def listen(self, callback: Callback, name: str = "gateway", inverted: bool = False, sync: int = PUBLIC) -> None:
        """Hear every good frame on all frequencies and spreading factors at its end; deaf while `name` sends."""
        self._listeners.append((name, inverted, sync, callback))

    def call_at(self, t_us: int, action: Callable[[int], None]) -> None:
        """Do something at a world time, where somebody keeps that."""
        if self.at is not None:
            self.at(t_us, action)

    def settle(self, t_us: int) -> None:
        """World time has come to `t_us`: what has ended is heard."""
        ended = sorted((sent for sent in self._unheard if sent.whole_us <= t_us), key=lambda sent: sent.whole_us)
        self._unheard = [sent for sent in self._unheard if sent.whole_us > t_us]
        for sent in ended:
            for name, inverted, sync, callback in self._listeners:
                fits = (inverted, sync) == (sent.inverted, sent.sync) and sent.modulation.low_rate in (
                    None,
                    Modulation(sent.modulation.sf, sent.modulation.bw_hz).optimised,
                )
                if (
                    fits
                    and self.audible(sent, name)
                    and not self._deaf(sent, name)
                    and self.damaged(sent, name) is None
                ):
                    callback(self.received(sent, name))
        for radio in self.radios:
            radio.settle(t_us)

    # -- receiving

    def strength_dbm(self, sent: Transmission, receiver: str) -> float | None:
        """At the receiver; None when nothing gets there."""
        loss_db = self.loss_db(sent.sender, receiver, sent.start_us)
        return None if loss_db is None or sent.sender == receiver else sent.power_dbm - loss_db

    def audible(self, sent: Transmission, receiver: str) -> bool:
        """Whether a receiver that listens for it could lock on it."""
        if receiver not in sent.fate:
            sent.fate[receiver] = self.lose(sent.sender, receiver, sent.start_us)
        rssi_dbm = self.strength_dbm(sent, receiver)
        how = sent.modulation
        return rssi_dbm is not None and rssi_dbm - how.noise_dbm >= SNR_LEAST_DB[how.sf] and not sent.fate[receiver]

    def lock(self, ear: Ear, receiver: str, since_us: int, until_us: int) -> tuple[int, Transmission] | None:
        """The first frame that a receiver locks on when it listens in that time, and when."""
        found: list[tuple[int, float, Transmission]] = []
        for sent in self._recent:
            when_us = max(sent.start_us, since_us) + int(LOCK_SYMBOLS * sent.modulation.symbol_us)
            there = when_us <= min(until_us, sent.locked_us) and (sent.cut_us is None or when_us < sent.cut_us)
            if there and ear.fits(sent) and self.audible(sent, receiver):
                found.append((when_us, -(self.strength_dbm(sent, receiver) or 0.0), sent))
        if not found:
            return None
        when_us, _, sent = min(found, key=lambda one: one[:2])
        return when_us, sent

    def damaged(self, sent: Transmission, receiver: str) -> int | None:
        """World time from which on the frame is destroyed at a receiver; None: it is whole."""
        begins = [] if sent.cut_us is None or sent.cut_us >= sent.whole_us else [sent.cut_us]
        ours = self.strength_dbm(sent, receiver)
        for other in self._recent:
            how = other.modulation
            if (
                other is not sent
                and other.start_us < sent.end_us
                and sent.start_us < other.end_us
                and abs(other.freq_hz - sent.freq_hz) <= how.bw_hz / 4
                and (how.sf, how.bw_hz, other.inverted) == (sent.modulation.sf, sent.modulation.bw_hz, sent.inverted)
            ):
                theirs = self.strength_dbm(other, receiver)
                if theirs is not None and ours is not None and theirs > ours - CAPTURE_DB:
                    begins.append(max(sent.start_us, other.start_us))
        return min(begins, default=None)

    def received(self, sent: Transmission, receiver: str) -> Reception:
        """The frame as it is at a receiver that has followed it to its end."""
        rssi_dbm = self.strength_dbm(sent, receiver) or 0.0
        from_us = self.damaged(sent, receiver)
        payload = sent.payload
        if from_us is not None:
            share = (from_us - sent.start_us) / (sent.whole_us - sent.start_us)
            good = int(len(payload) * share)
            payload = payload[:good] + bytes(byte ^ 0xA5 for byte in payload[good:])
        crc = (from_us is None) if sent.crc else None
        return Reception(sent, payload, crc, rssi_dbm, rssi_dbm - sent.modulation.noise_dbm)

    def _deaf(self, sent: Transmission, receiver: str) -> bool:
        return any(
            other.sender == receiver and other.start_us < sent.end_us and sent.start_us < other.end_us
            for other in self._recent
        )
