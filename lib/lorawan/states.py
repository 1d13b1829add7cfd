"""What the MAC is doing, and what makes it do something else: a table that lorawan/mac.py follows and a test walks.

    IDLE      nothing under way; joined or not. Class C listens with the second window's parameters
    READY     a frame is built; it waits until what must be kept is kept
    SENDING   the radio has it
    PAUSE_1   sent; the first window is not due yet (class C listens)
    FIRST     the first window has been ordered
    PAUSE_2   it brought nothing; the second is not due yet (class C listens)
    SECOND    the second window has been ordered
    AGAIN     nothing was heard, and the frame is to be sent once more (NbTrans), after a random time

    BUILT     a frame was built: by the application, to join, or to answer
    GO        everything is kept: SEND is ordered
    DROP      it cannot go: not kept, no band has room, or something urgent comes first
    SENT      the radio has sent it
    FAILED    the radio could not, or said nothing in time
    DUE       the time of a pause is over
    ANSWER    a genuine class A downlink, or the join accept
    CLOSED    the window is over without one, and nothing more is to be sent
    MORE      the same, and the frame is to be repeated

Symbols that do not belong to a state change nothing there.
"""

# Orders of `step`.
NOTHING, KEEP, SEND, LISTEN, STOP = range(5)

# What became of the application's frame: under way or told already, acknowledged, sent as often as asked (unconfirmed),
# sent and not acknowledged, not sent at all.
NONE, ACKED, DONE, NOT_ACKED, LOST = range(5)

IDLE, READY, SENDING, PAUSE_1, FIRST, PAUSE_2, SECOND, AGAIN = range(8)
BUILT, GO, DROP, SENT, FAILED, DUE, ANSWER, CLOSED, MORE = range(9)

TABLE = (
    # BUILT, GO,     DROP,    SENT,    FAILED,  DUE,     ANSWER,  CLOSED,  MORE
    (READY, IDLE, IDLE, IDLE, IDLE, IDLE, IDLE, IDLE, IDLE),
    (READY, SENDING, IDLE, READY, READY, READY, READY, READY, READY),
    (SENDING, SENDING, SENDING, PAUSE_1, IDLE, SENDING, SENDING, SENDING, SENDING),
    (PAUSE_1, PAUSE_1, PAUSE_1, PAUSE_1, PAUSE_1, FIRST, PAUSE_1, PAUSE_1, PAUSE_1),
    (FIRST, FIRST, FIRST, FIRST, FIRST, FIRST, IDLE, PAUSE_2, PAUSE_2),
    (PAUSE_2, PAUSE_2, PAUSE_2, PAUSE_2, PAUSE_2, SECOND, PAUSE_2, PAUSE_2, PAUSE_2),
    (SECOND, SECOND, SECOND, SECOND, SECOND, SECOND, IDLE, IDLE, AGAIN),
    (AGAIN, AGAIN, IDLE, AGAIN, AGAIN, READY, AGAIN, AGAIN, AGAIN),
)
