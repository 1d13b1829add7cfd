"""tag/hal/lora_port.py between the real MAC and a radio that does as it is told, or what it likes."""

from lora_port_rig import SAYS, Air, Radio
from lorawan_rig import Rig
from test_outbox_uplinks import Dice
from test_shout import a_call, tag

from drivers.lora_radio import FAULT, NOTHING
from lorawan.mac import ACKED, NOT_ACKED
from lorawan.states import AGAIN, IDLE
from tag.hal.lora_port import ALWAYS, CALLING, LENDING, SENDING, WAITING, WINDOW, LoraPort
from ticks import add, diff


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
            for duty in range(LENDING + 1):  # all of them
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
