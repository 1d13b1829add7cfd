"""A whole tag whose broker is away for long, with alarms, readings and power cuts meanwhile: the gateway holds all in the end.

DAVY_AWAY_H=8 is the shift that the journal was built for; a fifth of an hour in each run. Links alone, days in seconds and LoRa:
tests/host/test_gateway_away.py.
"""

import os
import random

from mqtt_life import TAG, MqttLife

from tag import events

AWAY_H = float(os.environ.get("DAVY_AWAY_H", "0.2"))
ALARMS, RESETS = round(25 * AWAY_H), max(3, round(30 / 8 * AWAY_H))


def test_every_alarm_and_reading_is_held_once_after_the_broker_was_away() -> None:
    dice = random.Random(8)
    with MqttLife(reading_s=2) as life:
        assert life.live_until(lambda: life.up, 20)
        life.live(5)
        begin_us = life.bench.now_us
        step_us = int(AWAY_H * 3.6e9 / ALARMS)
        pulses = [begin_us + i * step_us + dice.randrange(step_us // 2) for i in range(ALARMS)]

        def gas(name: str, t_us: int) -> float:
            number = max(0, min(ALARMS - 1, (t_us - begin_us) // step_us))
            return 0.0 if name != "ch4" else 1.3 if 0 <= t_us - pulses[number] < 8_000_000 else 0.45

        life.board.world.gas_source = gas
        cuts = sorted(begin_us + dice.randrange(round(AWAY_H * 3.6e9)) for _ in range(RESETS))
        life.network.up = False
        for cut_us in [*cuts, begin_us + round(AWAY_H * 3.6e9)]:
            life.bench.run_until(cut_us)
            if cut_us in cuts:
                life.tag.power_cut(life.bench.now_us)
                life.bench.run_for(500_000)
                life.tag.power_on(life.bench.now_us)
        held = len(life.held)
        life.network.up = True
        back_us = life.bench.now_us

        def alarms() -> int:
            return sum(record.kind == events.ALARM for record in life.held)

        told = sum(1 for _ in life.said("alarm"))
        assert life.live_until(lambda: alarms() >= told, 600), (alarms(), told)
        alarms_s = (life.bench.now_us - back_us) / 1e6
        life.board.world.gas_source = lambda name, t_us: 0.0
        n = -1
        while (
            len(life.held) > n + 5 and life.bench.now_us - back_us < 7_200_000_000
        ):  # what is new now comes by the minute
            n = len(life.held)
            life.live(20)
        account = life.gateway.tags[TAG]
        kinds = [record.kind for record in life.held]
        seqs = sorted(record.seq for record in life.held)
        print(
            f"{AWAY_H} h away, {RESETS} power cuts: {kinds.count(events.ALARM)} alarm records after {alarms_s:.0f} s, "
            f"{kinds.count(events.READING)} readings, {len(seqs) - held} records in all after "
            f"{(life.bench.now_us - back_us) / 1e6:.0f} s; {account.repeated} came again"
        )
        assert life.tag.boots == RESETS + 1 and len(seqs) == len(set(seqs)) and account.conflicts == []
        # What a power cut took before it was on flash left its numbers to what came next.
        assert alarms() == len(life.said("alarm")) and life.said("crash") == []
        assert seqs == list(range(1, seqs[-1] + 1))
