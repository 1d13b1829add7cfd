"""What a tag says of itself over the service console: who it is, and what it does just now. Dictionaries, for JSON."""

from tag import events


def about(app, t_ms: int) -> dict:
    """Who and what."""
    journal = app.memory.journal
    said = {"davy": app.version, "board": app.board, "boot": journal.boot, "seq": journal.next_seq}
    said.update({"tag_id": app.settings["tag_id"], "name": app.settings["name"]})
    said.update({"up_s": app.reporter.uptime_s, "now_s": app.clock.now_s(t_ms)})
    return said


def state(app, t_ms: int) -> dict:
    """Just now: alarms [alarm, state, value], faults as bits, gases [gas, quality, value], motion 1, 0 or -1 unknown."""
    core = app.core
    alarms = core.alarms
    on = [
        [alarm, alarms.state(alarm), alarms.value(alarm)]
        for alarm in range(1, events.ALARM_COUNT)
        if alarms.state(alarm)
    ]
    motions = core.motions
    said = {"t_ms": t_ms, "up_s": app.reporter.uptime_s, "now_s": app.clock.now_s(t_ms), "alarms": on}
    said["faults"] = core.faults.mask
    said["gases"] = core.gases.now()
    said["moving"] = (1 if motions.still.moving else 0) if motions.rate_hz else -1
    said["battery_mv"] = app.reporter.battery_mv
    said["pending"] = app.memory.outbox.pending()
    said["seq"] = app.memory.journal.next_seq
    said["wifi"] = 0 if app.reporter.alone(t_ms) else 1
    return said
