"""The tag's `select`: waiting is the host's business, so that asyncio's idle time is world time."""

import select as _select

import vport

POLLIN = getattr(_select, "POLLIN", 1)
POLLOUT = getattr(_select, "POLLOUT", 4)
POLLERR = getattr(_select, "POLLERR", 8)
POLLHUP = getattr(_select, "POLLHUP", 16)


class poll:
    """Watches virtual sockets (they have `ready()`) and real streams such as the console."""

    def __init__(self) -> None:
        self._virtual = []  # [object, events]
        self._real = None

    def register(self, obj, events: int = POLLIN | POLLOUT) -> None:
        """Watch `obj`."""
        if hasattr(obj, "ready"):
            for entry in self._virtual:
                if entry[0] is obj:
                    entry[1] = events
                    return
            self._virtual.append([obj, events])
        else:
            if self._real is None:
                self._real = _select.poll()
            self._real.register(obj, events)

    modify = register

    def unregister(self, obj) -> None:
        """Stop watching `obj`."""
        if hasattr(obj, "ready"):
            self._virtual = [entry for entry in self._virtual if entry[0] is not obj]
        elif self._real is not None:
            self._real.unregister(obj)

    def _ready(self):
        if not self._virtual and self._real is None:
            return ()
        found = []
        for obj, events in self._virtual:
            if hasattr(obj, "flags"):  # a connection: broken is told whether asked for or not
                now = obj.flags() & (events | POLLERR | POLLHUP)
            else:
                now = (POLLOUT | (POLLIN if obj.ready() else 0)) & events
            if now:
                found.append((obj, now))
        if self._real is not None:
            found.extend(self._real.poll(0))
        return found

    def ipoll(self, timeout: int = -1, flags: int = 0):
        """Pairs (object, events) that are ready within `timeout` ms; sleeps through the host."""
        ready = self._ready()
        if ready or timeout == 0:
            return ready
        vport.sleep(timeout)
        return self._ready()

    poll = ipoll
