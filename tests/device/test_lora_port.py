"""The table in the head of tag/hal/lora_port.py, exhaustively, with a radio that may say anything."""

from lora_port_rig import SAYS, Air, Calls, Radio, Wants
from test_shout import tag

import micropython
from drivers.lora_radio import FAULT, NOTHING, RECEIVED, SENT, SILENT
from lorawan import mac as lorawan
from lorawan.mac import KEEP, LISTEN, SEND, STOP
from tag.hal.lora_port import ALWAYS, CALLING, FREE, LENDING, SENDING, WAITING, WINDOW, LoraPort
from ticks import add, diff

T0 = (1 << 30) - 700  # ticks wrap soon
DUTIES = (FREE, SENDING, WAITING, WINDOW, ALWAYS, CALLING, LENDING)
DONE_MS = 4711

# duty -> what the radio says -> (duty then, what the MAC is told); what is not here changes nothing and is told to nobody
HEARS = {
    FREE: {FAULT: (FREE, "failed")},
    SENDING: {SENT: (FREE, "sent"), SILENT: (FREE, None), FAULT: (FREE, "failed")},
    WAITING: {SENT: (FREE, None), SILENT: (FREE, None), FAULT: (FREE, "failed")},
    WINDOW: {RECEIVED: (FREE, "heard"), SILENT: (FREE, "silent"), SENT: (FREE, None), FAULT: (FREE, "failed")},
    ALWAYS: {RECEIVED: (ALWAYS, "heard"), FAULT: (FREE, "failed")},
    CALLING: {SENT: (FREE, "returned"), SILENT: (FREE, "returned"), FAULT: (FREE, "returned")},
    LENDING: {SENT: (FREE, None), SILENT: (FREE, None), FAULT: (FREE, None)},
}
ORDERS = (lorawan.NOTHING, KEEP, SEND, LISTEN, LISTEN + 100, STOP)  # + 100: continuous


class Case:
    """A port in one of its duties."""

    def __init__(self, duty, calls=None, stores=True):
        self.t_ms = T0
        self.radio = Radio()
        self.radio.put(b"\x60frame", DONE_MS)
        self.mac = Wants(T0)
        self.air = Air()
        self.stored = []
        self.stores = stores
        self.port = LoraPort(self.radio, self.mac, self._store, self.air, calls, T0)
        self.port.duty = duty
        self.port._begin_ms = add(T0, 994)
        if duty == CALLING:
            self.port._lend_ms = add(T0, 10000)

    def _store(self, state):
        self.stored.append(state)
        return self.stores

    def step(self, said=NOTHING, orders=()):
        self.radio.say = said
        self.mac.orders = [order % 100 for order in orders]
        self.mac.continuous = len(orders) > 0 and orders[-1] > 100
        return self.port.step(self.t_ms)

    def told(self):
        found = [told[0] for told in self.mac.told]
        self.mac.told.clear()
        return found


def carried_out(case, duty, order, takes):
    """(duty, told, done) that an order should lead to."""
    if order == SEND:
        return (SENDING, [], ["send"]) if takes else (FREE, ["failed"], [])
    if order == LISTEN + 100:
        return (ALWAYS, [], ["listen"]) if takes else (FREE, ["failed"], [])
    if order == LISTEN:
        return WAITING, [], []
    if order == STOP:
        return FREE, [], ["sleep"]
    return duty, ["kept"] if order == KEEP else [], []


def test_every_duty_with_everything_the_radio_says_and_every_order():
    walked = 0
    for duty in DUTIES:
        for said in SAYS:
            for order in ORDERS:
                for takes in (True, False):
                    case = Case(duty)
                    case.radio.takes = takes
                    now = case.step(said, (order,))
                    after, told = HEARS[duty].get(said, (duty, None))
                    after, then, done = carried_out(case, after, order, takes)
                    where = (duty, said, order, takes)
                    assert case.port.duty == after, where
                    assert case.told() == ([told] if told else []) + then, where
                    assert case.radio.kinds() == done, where
                    assert now == (order != KEEP), where
                    assert case.air.ms == (1155 if order == SEND and takes else 0), where
                    assert len(case.stored) == (order == KEEP)
                    walked += 1
    assert walked == 7 * 5 * 6 * 2


def test_what_is_told_and_ordered_is_exact():
    case = Case(WINDOW)
    case.step(RECEIVED)
    assert case.mac.told == [("heard", b"\x60frame", -97, -6, DONE_MS)]  # -21 quarters of a dB
    case = Case(SENDING)
    case.step(SENT)
    assert case.mac.told == [("sent", DONE_MS)]
    for good in (True, False):
        case = Case(FREE, stores=good)
        case.step(NOTHING, (KEEP, SEND))
        assert case.mac.told == [("kept", good)] and case.stored == [b"state"] and case.radio.did == []
        case.step(NOTHING, (SEND,))
        sent = ("send", T0, b"frame", 868100000, 12, 125000, 14, False, 8, True)
        assert case.radio.did == [sent]  # plain IQ, with a CRC
    case = Case(FREE)
    case.step(NOTHING, (LISTEN + 100,))
    assert case.radio.did == [("listen", T0, 868100000, 12, 125000, 0, True, False)]


def test_orders_that_lead_to_each_other_end_in_a_bounded_time():
    case = Case(FREE)
    case.radio.takes = False
    case.step(NOTHING, (SEND,) * 100)
    assert case.told() == ["failed"] * 4 and case.port.duty == FREE


# -- windows -----------------------------------------------------------------------------------------------------------


def test_a_window_is_opened_at_its_time_for_as_long_as_is_left():
    for step_ms in (1, 7, 20, 33):
        case = Case(FREE)
        case.step(NOTHING, (LISTEN,))
        while case.port.duty == WAITING:
            case.t_ms = add(case.t_ms, step_ms)
            case.step()
        _, at_ms, _, _, _, window_ms, inverted, crc = case.radio.did[0]
        early = diff(case.mac.open_ms, add(at_ms, 6))  # the chip takes 6 ms
        assert -step_ms < early <= 20 and inverted and not crc, (step_ms, early)
        assert diff(add(at_ms, 6 + window_ms), case.mac.close_ms) == 0
        assert case.port.duty == WINDOW and len(case.radio.did) == 1


def test_a_window_that_is_opened_late_is_short_and_one_that_is_over_still_ends():
    for late_ms, window_ms in ((0, 400), (300, 100), (399, 1), (400, 1), (9000, 1)):
        case = Case(FREE)
        case.step(NOTHING, (LISTEN,))
        case.t_ms = add(case.mac.open_ms, late_ms - 6)
        case.step()
        assert case.radio.did[0][5] == window_ms, late_ms
        case.step(SILENT)
        assert case.told() == ["silent"] and case.port.duty == FREE


def test_a_window_that_the_radio_does_not_take_has_failed():
    case = Case(FREE)
    case.step(NOTHING, (LISTEN,))
    case.radio.takes = False
    case.t_ms = case.mac.open_ms
    case.step()
    assert case.told() == ["failed"] and case.port.duty == FREE


def test_another_order_ends_waiting():
    case = Case(FREE)
    case.step(NOTHING, (LISTEN, STOP))
    case.t_ms = case.mac.open_ms
    case.step()
    assert case.radio.kinds() == ["sleep"]


# -- calls for help ------------------------------------------------------------------------------------------------------


def test_what_begins_as_a_call_goes_to_the_calls_in_every_duty():
    for duty in DUTIES:
        case = Case(duty, Calls())
        case.radio.put(b"\xe0" + bytes(21))
        case.step(RECEIVED)
        assert case.port.news == [("event", 22, -97)], duty
        assert case.told() == (["heard"] if duty in (WINDOW, ALWAYS) else [])
        case.radio.put(b"\x60" + bytes(21))
        case.step(RECEIVED)
        assert len(case.port.news) == 1


def test_a_call_goes_out_in_these_duties_only_and_comes_back():
    for duty in DUTIES:
        for takes in (True, False):
            for lends in (True, False):
                calls = Calls()
                case = Case(duty, calls)
                case.radio.takes = takes
                case.mac.lends = lends
                calls.due = 1
                may = duty in (FREE, ALWAYS, LENDING) and lends
                case.port._lend_ms = add(T0, 3000)
                case.step()
                assert calls.due == (0 if may else 1), (duty, takes, lends)
                if may and takes:
                    call = ("send", T0, bytes(22), 869525000, 12, 125000, 16, True, 8, False)
                    assert case.port.duty == CALLING and case.radio.did == [call]
                    case.step(SENT)
                    assert case.told() == ["returned"] and case.port.duty == FREE
                elif may:
                    assert case.told() == ["returned"] and case.port.duty == FREE
                else:
                    assert case.port.duty == duty and case.told() == []


def test_a_call_that_was_withdrawn_gives_the_radio_back():
    calls = Calls()
    case = Case(FREE, calls)
    case.mac.lends = calls.empty = True
    calls.due = 1
    case.step()
    assert case.told() == ["returned"] and case.radio.did == []


def test_a_call_of_which_the_radio_never_says_a_word_ends_all_the_same():
    calls = Calls()
    case = Case(FREE, calls)
    case.mac.lends = True
    calls.due = 1
    case.step()
    case.mac.lends = False
    for _ in range(499):
        case.t_ms = add(case.t_ms, 20)
        case.step()
        assert case.port.duty == CALLING and not case.mac.told
    case.t_ms = add(case.t_ms, 20)
    case.step()
    assert case.told() == ["returned"] and case.port.duty != CALLING


def test_it_listens_for_calls_whenever_the_radio_is_free_and_again_after_a_fault():
    case = Case(FREE, Calls())
    case.step()
    assert case.port.duty == LENDING and case.radio.did == [("listen", T0, 869525000, 12, 125000, 0, True, False)]
    case.step(FAULT)
    assert case.port.duty == FREE and case.told() == []
    for ms, duty in ((4999, FREE), (1, LENDING)):
        case.t_ms = add(case.t_ms, ms)
        case.step()
        assert case.port.duty == duty
    case.radio.takes = False
    case.step(NOTHING, (STOP,))
    case.t_ms = add(case.t_ms, 5000)
    case.step()
    assert case.port.duty == FREE and case.told() == []  # not the MAC's affair


def test_after_a_week_of_class_c_it_still_listens_for_calls():
    for days in (1, 7, 10, 13):
        case = Case(FREE, Calls())
        case.step(FAULT)
        case.step(NOTHING, (LISTEN + 100,))
        for _ in range(days * 24):
            case.t_ms = add(case.t_ms, 3600000)
            case.step()
        case.mac.busy = 0
        case.step(NOTHING, (STOP,))
        assert case.port.duty == LENDING, days


def test_nothing_is_begun_with_a_time_that_flash_has_made_old():
    for duty in (FREE, ALWAYS, LENDING):
        calls = Calls()
        case = Case(duty, calls)
        case.mac.lends = True
        case.mac.busy = 0
        calls.due = 1
        assert case.step(NOTHING, (KEEP,)) is False
        assert case.radio.did == [] and calls.due == 1 and case.port.duty == duty
        case.t_ms = add(case.t_ms, 400)
        assert case.step() is True and case.radio.did[0][:2] == ("send", case.t_ms)


def test_a_frame_that_is_coming_in_is_told_once():
    for duty in DUTIES:
        case = Case(duty)
        case.radio.hears = True
        for _ in range(3):
            case.port.listen_first(T0)
        assert case.told() == (["hearing"] if duty == ALWAYS else [])
    case = Case(ALWAYS)
    case.port.listen_first(T0)
    case.radio.hears = True
    case.port.listen_first(add(T0, 200))
    assert case.told() == ["hearing"]


def test_steps_and_frames_of_others_take_nothing_from_the_heap():
    others = tag(2)
    for duty in DUTIES:
        case = Case(duty, others)
        case.mac.heard = lambda buf, n, rssi, snr, t_ms: None
        step, radio = case.port.step, case.radio
        radio.begin_receive = lambda hz, sf, bw_hz, ms, t_ms: True  # the rig's writes down what it is told
        step(T0)
        if hasattr(micropython, "heap_lock"):
            micropython.heap_lock()
        try:
            step(T0)
            radio.say = RECEIVED
            step(T0)
        finally:
            if hasattr(micropython, "heap_unlock"):
                micropython.heap_unlock()
        assert case.port.news == []
