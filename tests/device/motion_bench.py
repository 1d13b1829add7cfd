"""What the motion tests share: movements as key frames, sensors of any rate and mounting, blocks of any size."""

from array import array

import quality

# A movement is a list of (t_ms, x, y, z) in mg, body axes, z up; between them it is linear. The last one is the end.
STAND = ((0, 0, 0, 1000), (12000, 0, 0, 1000))
FALL = (
    (0, 0, 0, 1000),
    (6000, 0, 0, 1000),
    (6400, 300, 0, 400),
    (6450, 2500, 500, 2500),
    (6550, 3000, 300, 600),
    (6650, 200, 0, 300),
    (6800, 1000, 0, 100),
    (14000, 1000, 0, 100),
)


def joined(*parts):
    """One movement after the other."""
    out = []
    start = 0
    for part in parts:
        for t_ms, x, y, z in part:
            out.append((start + t_ms, x, y, z))
        start = out[-1][0] + 10
    return out


def sampled(frames, rate_hz, mounting=0, noise_mg=10):
    """The movement as the sensor of a tag mounted in one of 24 ways gives it."""
    out = array("h")
    frame = i = 0
    seed = 1
    while True:
        t_ms = i * 1000 // rate_hz
        while frame + 1 < len(frames) and frames[frame + 1][0] <= t_ms:
            frame += 1
        if frame + 1 == len(frames):
            return out
        a, b = frames[frame], frames[frame + 1]
        body = []
        for axis in range(1, 4):
            seed = (seed * 1103 + 12345) % 1048576
            at = a[axis] + (b[axis] - a[axis]) * (t_ms - a[0]) // (b[0] - a[0])
            body.append(at + seed // 64 % (2 * noise_mg + 1) - noise_mg)
        turn = mounting % 3
        sign = mounting // 3
        for axis in range(3):
            v = body[(axis + turn) % 3]
            out.append(-v if sign >> axis & 1 else v)
        i += 1


class Block:
    """A block as the hardware layer hands it over."""

    def __init__(self, rate_hz, size=32):
        self.mg = array("h", bytes(6 * size))
        self.n = 0
        self.odr_hz = rate_hz
        self.quality = quality.OK

    def load(self, samples, start, n):
        """Take `n` samples from the one numbered `start`."""
        n = min(n, len(samples) // 3 - start)
        self.mg[0 : 3 * n] = samples[3 * start : 3 * (start + n)]
        self.n = n
        return n


def blocks(samples, rate_hz, sizes=(10,)):
    """The same Block again and again, with (block, t_ms of its last sample)."""
    block = Block(rate_hz)
    start = turn = 0
    while start * 3 < len(samples):
        start += block.load(samples, start, sizes[turn % len(sizes)])
        turn += 1
        yield block, start * 1000 // rate_hz


def falls(frames, rate_hz, mounting=0, sizes=(10,), seen=None, noise_mg=10):
    """[(t_ms, score, peak_mg, tilt_deg, age_ms)] of the falls declared; adds states to the set `seen`."""
    from tag.motion.fall import FallDetector
    from tag.motion.path import MotionPath

    path = MotionPath()
    path.retune(rate_hz)
    detector = FallDetector()
    found = []
    for block, t_ms in blocks(sampled(frames, rate_hz, mounting, noise_mg), rate_hz, sizes):
        while path.advance(block):
            if detector.step(path):
                found.append((t_ms, detector.score, detector.peak_mg, detector.tilt_deg, detector.age_ms))
            if seen is not None:
                seen.add(detector.state)
    return found
