"""What a tag loads only when it is asked for, by a setting, an update or a question over the cable: no memory for the others.

Each gives what was made, or None. `app` is tag/app.py's.
"""

from tag import events


def lora(app, settings, parts, t_ms: int):
    """LoRaWAN where a region is set, and with it calls from tag to tag."""
    if not settings["lora_region"]:
        return None
    from tag.lora_task import LoraTask

    made = LoraTask(settings, parts, app.buses, app.memory, app.core, app.clock, t_ms)
    if made.shout:
        app.memory.call_by(made.shout)
    return made


def update(app, boot, t_ms: int):
    """The watch over a version on trial, or over one that has to tell what became of it."""
    if not boot or not (boot.trial or boot.state.news):
        return None
    from tag.update import Update

    return Update(boot, app.memory, app.version, t_ms)


def fatigue(app, settings, worn, t_ms: int):
    """What outlives a shift of the core's fatigue monitor, which is made where the setting is on."""
    if not settings["fatigue"]:
        return None
    from tag.fatigue_memory import FatigueMemory

    return FatigueMemory(app.core, app.memory, settings, worn, app.clock, t_ms)


def heart(app, settings, parts, t_ms: int):
    """The heart-rate sensor, of a board that has one, where the fatigue indicator is on. Without memory for it the tag goes on."""
    if not settings["fatigue"]:
        return None
    for part in parts:
        if isinstance(part, dict) and part.get("role") == "heart":
            try:
                from tag.heart_task import HeartTask

                return HeartTask(app.core, app.memory, part, app.buses, t_ms)
            except Exception as error:
                _failed(app, "heart: ", error, t_ms)
                app.memory.keep_all(app.core.fault(events.FAULT_HEART, events.CODE_FAILED, 1, t_ms))
    return None


def place(app, settings, t_ms: int):
    """The ear for beacons. A board without Bluetooth, or without memory for it, goes on without its place, and says so."""
    if not settings["place"]:
        return None
    from tag.place_task import PlaceTask

    try:
        return PlaceTask(settings, app.core.alarms, app.memory.keep, t_ms, air=app.parts.air)
    except Exception as error:
        _failed(app, "place: ", error, t_ms)
        return None


def desk(app):
    """Who answers over the cable."""
    from tag.console.desk import Desk

    return Desk(app)


def _failed(app, what: str, error, t_ms: int) -> None:
    text = what + type(error).__name__ + " " + str(error)
    app.memory.keep((events.CONFIG, t_ms, events.CODE_FAILED, text))
