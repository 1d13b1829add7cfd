"""The table in the head of tag/hal/lora_port.py, exhaustively, with a radio that may say anything; then under the real MAC."""

from lora_port_rig import SAYS, Air, Calls, Radio, Wants
from lorawan_rig import Rig
from test_outbox_uplinks import Dice
from test_shout import a_call, tag

import micropython
from drivers.lora_radio import FAULT, NOTHING, RECEIVED, SENT, SILENT
from lorawan import mac as lorawan
from lorawan.mac import ACKED, KEEP, LISTEN, NOT_ACKED, SEND, STOP
from lorawan.states import AGAIN, IDLE
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


def test_who_sends_one_frame_after_the_other_does_not_silence_the_tag():
    for class_a in (False, True):
        one = Tag(not class_a)
        one.radio.hears = True
        sent_ms = []
        for i in range(600):  # two minutes: 1.4 s of a frame, and the next one begins at once
            if i % 7 == 0:
                one.radio.incoming.append((add(one.t_ms, 10), b"\xff" * 30))
            one.port.listen_first(one.t_ms)
            if not one.mac.outcome and one.mac.state == IDLE and one.send(True):
                sent_ms.append(i * 200)
            one.live(200)
            one.radio.incoming = [row for row in one.radio.incoming if row[1][0] == 0x60][-1:]
        assert len(sent_ms) >= 8, sent_ms
        assert all([sent_ms[i + 1] - sent_ms[i] < 15000 for i in range(len(sent_ms) - 1)]), sent_ms


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


# -- under the real MAC --------------------------------------------------------------------------------------------------


class Tag:
    """A joined MAC over a port and a radio that does as it is told; the network answers while `answers`."""

    def __init__(self, class_c=False, calls=False, joined=True, **settings):
        self.rig = Rig(class_c=class_c, least=21, **settings)
        if joined:
            self.rig.join()
            self.rig.mac.stack.terms.dr = 0  # windows of a quarter of a second
        self.mac = self.rig.mac
        self.t_ms = self.rig.t_ms
        self.radio = Radio(True)
        self.shout = tag(1) if calls else None
        self.stores = True
        self.answers = True
        self.outcomes = []
        self.windows = []  # (when it was opened, when it should be)
        self.air = Air()
        self.port = LoraPort(self.radio, self.mac, lambda state: self.stores, self.air, self.shout, self.t_ms)
        if class_c and joined:  # the rig has carried that order out
            self.port.duty = ALWAYS
            self.radio.begin_receive(self.mac.freq_hz, self.mac.sf, self.mac.bw_hz, 0, self.t_ms)

    def live(self, ms, step_ms=20):
        end = add(self.t_ms, ms)
        while diff(end, self.t_ms) > 0:
            at = len(self.radio.did)
            self.port.step(self.t_ms)
            for did in self.radio.did[at:]:
                if did[0] == "listen" and did[5]:
                    self.windows.append((add(self.t_ms, self.radio.start_ms), self.mac.open_ms))
                if did[0] == "send" and not did[7] and self.answers and self.rig.side:
                    self.radio.incoming.append((add(did[1], self._answer_ms(did)), self.rig.side.down(ack=True)))
            if self.mac.outcome:
                self.outcomes.append(self.mac.take_outcome())
            self.t_ms = add(self.t_ms, step_ms)
        return self

    def _answer_ms(self, did):
        return self.mac.air_ms + 1000 + 70

    def send(self, urgent=False):
        return self.mac.send(1, b"hello", 5, True, urgent, self.t_ms)


def test_an_exchange_with_both_windows_at_any_pace_of_the_shell():
    for class_c in (False, True):
        for calls in (False, True):
            for step_ms in (1, 20, 60, 130):
                one = Tag(class_c, calls)
                one.answers = False
                assert one.send()
                one.live(14000, step_ms)
                assert one.outcomes == [NOT_ACKED], (class_c, calls, step_ms)
                assert len(one.windows) == (1 if class_c else 2)
                for at_ms, open_ms in one.windows:
                    assert -step_ms - 6 < diff(open_ms, at_ms) <= 20, (step_ms, diff(open_ms, at_ms))
                one.answers = True
                while not one.send():
                    one.live(20)
                one.live(5000, min(step_ms, 60))
                assert one.outcomes[1:] == [ACKED], (class_c, calls, step_ms, one.outcomes)


def test_lending_never_eats_a_window():
    one = Tag(calls=True)
    one.answers = False
    for _ in range(12):
        while not one.send():
            one.live(20)
        one.live(13000)
    lent = [did for did in one.radio.did if did[0] == "listen" and did[5] == 0]
    assert len(lent) >= 24  # before and after the windows, each of which opened in time
    assert len(one.windows) == 24 and one.outcomes == [NOT_ACKED] * 12
    for at_ms, open_ms in one.windows:
        assert -26 < diff(open_ms, at_ms) <= 20, diff(open_ms, at_ms)


def test_a_frame_waits_for_a_call_and_a_call_for_a_frame():
    for class_c in (False, True):
        one = Tag(class_c, True)
        one.shout.alarm(4, 2, 5, add(one.t_ms, -15000))
        while one.port.duty != CALLING:
            one.live(20)
        at = len(one.radio.did)
        assert one.send(True) and one.mac.lent
        one.live(1000)
        assert len(one.radio.did) == at  # not while the call is on the air
        one.live(6000)
        assert one.outcomes == [ACKED] and not one.mac.lent
        one.shout.alarm(5, 2, 6, add(one.t_ms, -15000))
        one.send()
        one.live(200)
        at = len(one.radio.did)
        while one.mac.state != IDLE:
            one.live(20)
            assert one.port.duty != CALLING
        one.live(3000)
        assert len([did for did in one.radio.did if did[0] == "send" and did[7]]) == 2


def test_a_session_that_is_left_during_a_call_is_followed_by_a_join():
    for class_c in (False, True):
        one = Tag(class_c, True)
        one.shout.alarm(4, 2, 5, add(one.t_ms, -15000))
        while one.port.duty != CALLING:
            one.live(20)
        assert one.mac.rejoin(one.t_ms)
        one.rig.side = None
        one.live(1000)
        assert one.mac.lent
        one.live(20000)
        joins = [did for did in one.radio.did if did[0] == "send" and did[2][0] == 0]
        assert not one.mac.lent and joins


def test_calls_are_heard_between_exchanges():
    for class_c in (False, True):
        one = Tag(class_c, True)
        one.live(200)
        assert one.port.duty == (ALWAYS if class_c else LENDING)
        call = a_call(2)
        one.radio.incoming.append((add(one.t_ms, 100), call))
        one.live(300)
        assert len(one.port.news) == 1 and one.mac.stats[0] == 1
        assert one.port.duty == (ALWAYS if class_c else LENDING)


class Madness(Radio):
    """Says anything at any time, or nothing for ever."""

    def __init__(self, dice):
        Radio.__init__(self, True)
        self.dice = dice
        self.mad = True
        self.mute = False

    def poll(self, t_ms):
        if not self.mad:
            return Radio.poll(self, t_ms)
        if self.mute or self.dice(3):
            return NOTHING
        self._doing = NOTHING
        self.done_ms = add(t_ms, -self.dice(7))
        n = self.dice(8)
        self.length = n
        for i in range(min(n, 30)):
            self.frame[i] = self.dice(8)
        self.frame[0] = (0x20, 0x60, 0xA0, 0xE0)[self.dice(2)]
        return SAYS[self.dice(8) % 5]

    def begin_send(self, *args, **named):
        if self.mad and self.dice(2) == 0:
            return False
        return Radio.begin_send(self, *args, **named)

    def begin_receive(self, *args, **named):
        if self.mad and self.dice(2) == 0:
            return False
        return Radio.begin_receive(self, *args, **named)

    def hearing(self):
        return self.mad and self.dice(1) == 0


def test_no_radio_however_mad_leaves_the_mac_waiting_for_ever():
    for seed in range(1, 9):
        for class_c in (False, True):
            dice = Dice(seed)
            one = Tag(class_c, seed % 2 == 0)
            one.radio = one.port._radio = Madness(dice)
            one.answers = False
            asked = 0
            for _ in range(60):
                one.radio.mute = dice(2) == 0
                one.stores = dice(3) != 0
                if one.shout and dice(1):
                    one.shout.alarm(4, 2, 5 + asked, add(one.t_ms, -15000))
                asked += one.send(dice(1) == 0)
                one.live(2000 + dice(13), 20 + dice(7))
                one.port.listen_first(one.t_ms)
                one.radio.did.clear()
            one.radio.mad = one.radio.mute = False
            one.stores = True
            one.live(70000)
            assert len(one.outcomes) == asked > 5, (seed, class_c, one.outcomes, asked)
            one.answers = True
            one.outcomes.clear()
            one.mac.stack.duty.__init__(one.mac.stack.region.bands, 25, one.t_ms)  # what the mad one has used up
            for _ in range(50):
                if one.mac.send(1, b"hello", 5, True, True, one.t_ms):
                    break
                one.live(200)
            one.live(9000)
            assert one.outcomes == [ACKED], (seed, class_c, one.mac.state, one.port.duty, one.outcomes)


def test_a_fault_in_each_duty_under_the_mac_and_it_goes_on():
    for class_c in (False, True):
        for calls in (False, True):
            for duty in DUTIES:
                one = Tag(class_c, calls)
                if calls and duty == CALLING:
                    one.shout.alarm(4, 2, 5, add(one.t_ms, -15000))
                elif duty in (SENDING, WAITING, WINDOW):
                    one.answers = False
                    one.send()
                for _ in range(600):
                    if one.port.duty == duty:
                        break
                    one.live(20)
                if one.port.duty != duty:
                    continue  # not with these settings
                radio, one.radio = one.radio, Radio()
                one.port._radio = one.radio
                one.radio.say = FAULT
                one.live(20)
                one.radio = one.port._radio = radio
                radio._doing = NOTHING
                radio.did.clear()
                one.live(8000)
                assert not one.mac.lent and one.mac.state in (IDLE, AGAIN), duty
                one.answers = True
                one.outcomes.clear()
                assert one.send()
                one.live(6000)
                assert one.outcomes == [ACKED], (class_c, calls, duty)
                if class_c:
                    assert one.port.duty == ALWAYS


def test_a_join_with_its_later_windows():
    for calls in (False, True):
        one = Tag(calls=calls, joined=False)
        one.live(20000)
        assert len(one.windows) >= 2 and len(one.windows) % 2 == 0
        send = next(did for did in one.radio.did if did[0] == "send")
        assert 5000 < diff(one.windows[0][1], send[1]) < 7500
        assert not [did for did in one.radio.did if did[0] == "send" and did[2][0]]
