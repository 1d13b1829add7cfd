"""What a tag is asked and told in an update: small programs for its raw REPL, which need nothing of Davy on the tag.

`ASK` says how the tag stands. `LIST` hashes the files that it holds, in the order in which `RECIPE` then calls them by number. The
new bundle grows in /app.part and is on flash every 16 kB, so that a cut loses no more. All answer in lines of JSON.
"""

import base64

ASK = """
import os, sys, json, gc, binascii
s = {"end": 1}
try:
    m = sys.implementation._mpy
    s["mpy"] = m & 255
    s["sub"] = m >> 8 & 3
    s["arch"] = m >> 10 & 15
except Exception:
    pass
for n in ("vfs", "deflate"):
    try:
        s[n] = 1 if n != "vfs" or hasattr(__import__(n), "VfsRom") else 0
    except Exception:
        s[n] = 0
for n in ("boot.a", "boot.b", "app.a", "app.b", "app.part"):
    try:
        with open("/" + n, "rb") as f:
            s[n] = binascii.hexlify(f.read(72)).decode()
        s[n + ":size"] = os.stat("/" + n)[6]
    except Exception:
        pass
try:
    from tag import config
    s["update_key"] = config.load()[0].get("update_key", "")
    import tag.bundle
except Exception:
    pass
try:
    s["slots"] = sys.modules["slots"].ATTACHED.runs
except Exception:
    s["slots"] = 0
gc.collect()
s["heap"] = gc.mem_free()
v = os.statvfs("/")
s["free"] = v[0] * v[3]
s["total"] = v[0] * v[2]
s["block"] = v[0]
def c(p):
    t = 0
    for e in os.ilistdir(p):
        t += c(p + "/" + e[0]) if e[1] & 0x4000 else (e[3] + v[0] - 1) // v[0] * v[0]
    return t
s["plain"] = 0
for n in ("/tag", "/lib"):
    try:
        s["plain"] += c(n)
    except Exception:
        pass
print(json.dumps(s))
"""

LIST = """
import os, hashlib, binascii
L = []
B = bytearray(2048)
def g(p):
    for e in os.ilistdir(p):
        q = p + "/" + e[0]
        if e[1] & 0x4000:
            g(q)
        elif q.endswith(".mpy"):
            L.append(q)
for p in %s:
    try:
        g(p)
    except OSError:
        pass
def h(p):
    d = hashlib.sha256()
    n = 0
    with open(p, "rb") as f:
        while True:
            k = f.readinto(B)
            if not k:
                break
            d.update(memoryview(B)[:k])
            n += k
    return n, d.digest()
for i in range(len(L)):
    n, d = h(L[i])
    print('{"i":%%d,"n":%%d,"h":"%%s"}' %% (i, n, binascii.b2a_base64(d[:12]).decode().strip()))
print('{"end":1}')
"""

HASH = """
import hashlib, binascii, os
def hh(p, most):
    B = bytearray(2048)
    d = hashlib.sha256()
    n = 0
    try:
        with open(p, "rb") as f:
            while n < most:
                k = f.readinto(B)
                if not k:
                    break
                k = min(k, most - n)
                d.update(memoryview(B)[:k])
                n += k
    except OSError:
        n = -1
    print('{"name":"%%s","n":%%d,"h":"%%s"}' %% (p, n, binascii.hexlify(d.digest()).decode()))
for p, most in %s:
    hh(p, most)
print('{"end":1}')
"""

BEGIN = """
import os, binascii, io
F = open("/app.part", "%s")
S = %d
def r(at, row):
    global S
    for w in row:
        if isinstance(w, int):
            with open(L[w], "rb") as f:
                while True:
                    k = f.readinto(B)
                    if not k:
                        break
                    F.write(memoryview(B)[:k])
                    at += k
        else:
            if w[0] == "!":
                import deflate
                w = deflate.DeflateIO(io.BytesIO(binascii.a2b_base64(w[1:])), deflate.RAW, %d).read()
            else:
                w = binascii.a2b_base64(w)
            F.write(w)
            at += len(w)
    if at - S >= 16384:
        F.flush()
        S = at
    print('{"at":%%d}' %% at)
print('{"at":%%d}' %% S)
"""

RECIPE = "r(%d,[%s])\n"
END = "F.close()\nprint('{\"end\":1}')\n"

ROOM = """
import os
def rm(p):
    try:
        if os.stat(p)[0] & 0x4000:
            for e in list(os.ilistdir(p)):
                rm(p + "/" + e[0])
            os.rmdir(p)
        else:
            os.remove(p)
    except OSError:
        pass
for p in %s:
    rm(p)
print('{"end":1}')
"""

SIGNED = """
import json
try:
    from tag import bundle, config
    s = bundle.problem_with("/app.part", config.load()[0].get("update_key", ""))
except ImportError:
    s = ""
print(json.dumps({"signed": s}))
"""

# Written beside, looked at by the tag's own compiler, put in place by one rename.
PUT = """
import os, binascii, json
p = "/%s"
s = ""
try:
    with open("/root.new", "wb") as f:
        for w in %s:
            f.write(binascii.a2b_base64(w))
    if p.endswith(".py"):
        with open("/root.new") as f:
            compile(f.read(), p, "exec")
    os.rename("/root.new", p)
    os.sync() if hasattr(os, "sync") else None
except Exception as e:
    s = type(e).__name__ + ": " + str(e)
print(json.dumps({"put": p, "why": s}))
"""

TAKE = """
import os, sys, json, gc
F = L = B = None
gc.collect()
s = {"took": 0}
try:
    for n in ("slots", "slotstate"):
        sys.modules.pop(n, None)
    import slotstate
    t = slotstate.load()
    s["free"] = t.free
    if t.free == %d:
        if %d:
            os.rename("/app.part", "/app." + "ab"[t.free - 1])
        t.installed(t.free, %d, %d)
        s["took"] = 1 if slotstate.save(t) else 0
except Exception as e:
    s["why"] = type(e).__name__ + ": " + str(e)
print(json.dumps(s))
"""


def text(data: bytes) -> str:
    """Bytes as a list of base64 texts for `PUT`, none long enough to trouble a small heap."""
    return (
        "[" + ",".join(f'"{base64.b64encode(data[at : at + 768]).decode()}"' for at in range(0, len(data), 768)) + "]"
    )
