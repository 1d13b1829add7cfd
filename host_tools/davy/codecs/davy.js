// Davy's payload codec for ChirpStack v4 and The Things Stack v3: paste the whole file into the device profile or
// payload formatter. What it says is told in docs/records.md. Made by `python -m davy.codecs.javascript`; do not edit.

var BATCH = 1;
var FRAGMENT = 2;
var DOWNLINK = 1;
var LARGEST = 242;
var HEADER = 11;
var TEXT_MAX = 120;
var TICKS = 1073741824;
var USABLE = [0, 6];

// gas: counts per unit, unit
var GASES = { 1: [100, "%vol"], 2: [10, "ppm"], 3: [10, "ppm"], 4: [100, "%vol"], 5: [100, "ppm"], 6: [100, "ppm"], 7: [10, "ppm"], 8: [1000, "%vol"], 9: [10, "ppm"] };

var NAMED = {
  "Alarms": ["none", "fault", "gas low", "gas high", "man down", "sos", "evacuation", "wearing?", "gas warning", "message", "neighbour"],
  "Reset causes": ["none", "power on", "reset", "watchdog", "deep sleep", "soft reset"],
  "States of an alarm": ["off", "countdown", "on", "acknowledged", "help knows", "escalated"],
  "Causes": ["none", "fall", "no motion", "button", "gateway", "no check-in", "dropped", "drill"],
  "Qualities": ["ok", "warming up", "under range", "over range", "stale", "failed", "calibration due"],
  "Faults": ["motion", "gas", "battery", "outputs", "button", "link", "journal", "config", "board file", "task", "limits", "due", "overdue", "air", "heart"],
  "Fault codes": ["none", "missing", "failed", "stale", "out of range", "full", "corrupt", "low", "crashed", "late", "unsigned", "due", "drift"],
  "Presses": ["none", "short", "long"],
  "Messages": ["none", "ack", "help", "evacuate", "all clear", "text", "shift end", "drill start", "drill stop", "time", "config", "limits", "readings again", "reaction test"],
  "Results": ["none", "done", "refused", "unknown message", "shown", "answered"],
  "Tasks": ["motion", "gas", "interface", "reporting", "supervision", "radio", "place", "console", "heart"],
  "Reasons of a place": ["none", "heard", "silence", "foreign beacons", "boarded", "left the vehicle", "air pressure"],
  "Levels": ["none", "low", "high", "ceiling", "stel", "twa", "shift", "step", "mixture", "rise", "drift", "ahead", "over"],
  "Instructions": ["none", "be careful", "ventilate and stop work", "leave", "leave and report", "rest in fresh air", "put on breathing apparatus", "call control", "change the detector"],
  "Clocks": ["none", "usb", "gateway", "lorawan", "ntp"],
  "Acts": ["none", "zero", "span", "bump"],
  "Outcomes": ["none", "passed", "failed", "unstable", "timed out", "cancelled"],
  "Updates": ["none", "taken up", "confirmed", "rolled back", "fell back"],
  "Checks": ["board", "accelerometer", "rate", "gravity", "noise", "chip test", "air", "light", "buzzer", "motor", "button", "battery", "load", "lora", "listening", "sending", "peer", "wi-fi", "flash", "wear", "clock", "ch4", "co", "h2s", "o2", "no2", "so2", "nh3", "co2", "no", "heart"],
  "Occasions": ["none", "level", "period", "reaction test", "test broken off", "test not answered"],
  "Fatigue levels": ["unknown", "rested", "watch", "high"],
  "Advice": ["nothing", "break", "check-in", "hand over"],
  "Gases": ["none", "ch4", "co", "h2s", "o2", "no2", "so2", "nh3", "co2", "no"]
};

var KINDS = {
  1: { name: "boot", urgent: false, fields: [
    { name: "cause", type: "B", names: "Reset causes" },
    { name: "version", type: "H" },
    { name: "boots", type: "H" },
    { name: "recovered", type: "H" },
    { name: "damaged", type: "H" }
  ] },
  2: { name: "heartbeat", urgent: false, fields: [
    { name: "uptime_min", type: "H" },
    { name: "battery_mv", type: "H" },
    { name: "free_b", type: "I" },
    { name: "faults", type: "H", unit: "bits", names: "Faults" },
    { name: "pending", type: "H" },
    { name: "alarm", type: "B", names: "Alarms" }
  ] },
  3: { name: "reading", urgent: false, fields: [
    { name: "gas", type: "B", names: "Gases" },
    { name: "quality", type: "B", names: "Qualities" },
    { name: "value", type: "h", unit: "gas" }
  ] },
  4: { name: "alarm", urgent: true, fields: [
    { name: "alarm", type: "B", names: "Alarms" },
    { name: "state", type: "B", names: "States of an alarm" },
    { name: "cause", type: "B", names: "Causes", cases: [["alarm", [2, 3, 8], { name: "cause", names: "Gases" }], ["alarm", [1], { name: "cause", names: "Faults" }], ["alarm", [10], { name: "cause", names: "Alarms" }]] },
    { name: "value", type: "h", cases: [["alarm", [2, 3, 8], { name: "value", unit: "gas", gas: "cause" }], ["alarm", [1], { name: "code", names: "Fault codes" }], ["alarm", [10], { name: "value" }], ["cause", [1, 6], { name: "peak_mg" }], ["cause", [2, 5], { name: "still_s" }], ["cause", [4, 7], { name: "ident" }]] }
  ] },
  5: { name: "fault", urgent: true, fields: [
    { name: "source", type: "B", names: "Faults" },
    { name: "code", type: "B", names: "Fault codes" },
    { name: "present", type: "B", unit: "flag" }
  ] },
  6: { name: "fall", urgent: true, fields: [
    { name: "score", type: "B" },
    { name: "peak_mg", type: "H" },
    { name: "tilt_deg", type: "B" },
    { name: "age_ms", type: "H" }
  ] },
  7: { name: "still", urgent: false, fields: [
    { name: "still_s", type: "H" }
  ] },
  8: { name: "button", urgent: false, fields: [
    { name: "press", type: "B", names: "Presses" },
    { name: "held_ms", type: "H" }
  ] },
  9: { name: "downlink", urgent: true, fields: [
    { name: "message", type: "B", names: "Messages" },
    { name: "ident", type: "H" },
    { name: "result", type: "B", names: "Results" }
  ] },
  10: { name: "crash", urgent: true, fields: [
    { name: "task", type: "B", names: "Tasks" },
    { name: "text", type: "s" }
  ] },
  11: { name: "config", urgent: true, fields: [
    { name: "result", type: "B", names: "Fault codes" },
    { name: "text", type: "s" }
  ] },
  12: { name: "drop", urgent: true, fields: [
    { name: "peak_mg", type: "H" },
    { name: "flight_ms", type: "H" },
    { name: "age_ms", type: "H" }
  ] },
  13: { name: "impact", urgent: false, fields: [
    { name: "peak_mg", type: "H" },
    { name: "duration_ms", type: "H" },
    { name: "hits", type: "B" }
  ] },
  14: { name: "samples", urgent: false, fields: [
    { name: "event_ms", type: "I" },
    { name: "part", type: "B" },
    { name: "mg", type: "x", each: "hhh" }
  ] },
  15: { name: "level", urgent: true, fields: [
    { name: "gas", type: "B", names: "Gases" },
    { name: "level", type: "B", names: "Levels" },
    { name: "present", type: "B", unit: "flag" },
    { name: "value", type: "h", unit: "gas" },
    { name: "profile", type: "H" },
    { name: "instruction", type: "B", names: "Instructions" }
  ] },
  16: { name: "exposure", urgent: false, fields: [
    { name: "gas", type: "B", names: "Gases" },
    { name: "minutes", type: "H" },
    { name: "missing", type: "H" },
    { name: "stel_max", type: "h", unit: "gas" },
    { name: "twa_max", type: "h", unit: "gas" },
    { name: "twa_shift", type: "h", unit: "gas" },
    { name: "peak", type: "h", unit: "gas" },
    { name: "closed", type: "B", unit: "flag" }
  ] },
  17: { name: "calibration", urgent: true, fields: [
    { name: "gas", type: "B", names: "Gases" },
    { name: "act", type: "B", names: "Acts" },
    { name: "result", type: "B", names: "Outcomes" },
    { name: "applied", type: "h", unit: "gas" },
    { name: "response", type: "h", unit: "gas" },
    { name: "zero", type: "h", unit: "gas" },
    { name: "gain_q12", type: "H" },
    { name: "epoch_s", type: "I", unit: "epoch" },
    { name: "temp_c", type: "b" },
    { name: "text", type: "s" }
  ] },
  18: { name: "time", urgent: false, fields: [
    { name: "epoch_s", type: "I", unit: "epoch" },
    { name: "epoch_ms", type: "H" },
    { name: "clock", type: "B", names: "Clocks" }
  ] },
  19: { name: "discard", urgent: false, fields: [
    { name: "first", type: "I" },
    { name: "last", type: "I" },
    { name: "records", type: "H" },
    { name: "undelivered", type: "H" }
  ] },
  20: { name: "readings", urgent: false, fields: [
    { name: "gas", type: "B", names: "Gases" },
    { name: "quality", type: "B", names: "Qualities" },
    { name: "period_s", type: "H" },
    { name: "first_value", type: "h", unit: "gas" },
    { name: "steps", type: "x", unit: "step", each: "b" }
  ] },
  21: { name: "peer", urgent: true, fields: [
    { name: "peer", type: "I" },
    { name: "alarm", type: "B", names: "Alarms" },
    { name: "state", type: "B", names: "States of an alarm" },
    { name: "rssi_dbm", type: "b" },
    { name: "hops", type: "B" }
  ] },
  22: { name: "update", urgent: false, fields: [
    { name: "outcome", type: "B", names: "Updates" },
    { name: "version", type: "H" },
    { name: "text", type: "s" }
  ] },
  23: { name: "selftest", urgent: false, fields: [
    { name: "passed", type: "I", unit: "bits", names: "Checks" },
    { name: "failed", type: "I", unit: "bits", names: "Checks" },
    { name: "not_judged", type: "I", unit: "bits", names: "Checks" },
    { name: "version", type: "H" },
    { name: "epoch_s", type: "I", unit: "epoch" },
    { name: "text", type: "s" }
  ] },
  24: { name: "fatigue", urgent: false, fields: [
    { name: "occasion", type: "B", names: "Occasions" },
    { name: "level", type: "B", names: "Fatigue levels" },
    { name: "index", type: "b" },
    { name: "confidence", type: "B" },
    { name: "drift", type: "b" },
    { name: "alertness", type: "b" },
    { name: "reaction", type: "b" },
    { name: "advice", type: "B", names: "Advice" },
    { name: "reaction_ms", type: "H" },
    { name: "misses", type: "B" },
    { name: "nods", type: "b" },
    { name: "nod_count", type: "B" },
    { name: "heart_bpm", type: "B" },
    { name: "heart_quality", type: "B" }
  ] },
  25: { name: "workload", urgent: false, fields: [
    { name: "minutes", type: "H" },
    { name: "missing", type: "H" },
    { name: "step_count", type: "I" },
    { name: "walking_min", type: "H" },
    { name: "active_min", type: "H" },
    { name: "effort_gs", type: "I" },
    { name: "bent_min", type: "H" },
    { name: "posture_min", type: "H" },
    { name: "ridden_min", type: "H" },
    { name: "measured_s", type: "H" },
    { name: "a8_mms2", type: "H" },
    { name: "closed", type: "B", unit: "flag" },
    { name: "asleep_min", type: "H" }
  ] },
  26: { name: "place", urgent: false, fields: [
    { name: "zone", type: "B" },
    { name: "before", type: "B" },
    { name: "why", type: "B", names: "Reasons of a place" },
    { name: "beacon", type: "B" },
    { name: "sure", type: "B" },
    { name: "level", type: "b" },
    { name: "site", type: "H" }
  ] }
};

var MESSAGES = {
  1: [
    { name: "seqs", type: "x", each: "I" }
  ],
  2: [
    { name: "alarm", type: "B", names: "Alarms" }
  ],
  3: [],
  4: [],
  5: [
    { name: "text", type: "s" }
  ],
  6: [],
  7: [],
  8: [],
  9: [
    { name: "epoch_s", type: "I", unit: "epoch" },
    { name: "epoch_ms", type: "H" }
  ],
  10: [
    { name: "text", type: "s" }
  ],
  11: [
    { name: "size", type: "H" },
    { name: "offset", type: "H" },
    { name: "part", type: "x" }
  ],
  12: [
    { name: "first", type: "I" },
    { name: "last", type: "I" }
  ],
  13: []
};

var WIDTH = { B: 1, b: 1, H: 2, h: 2, I: 4 };
var MOST = { B: 255, H: 65535, I: 4294967295 };

// -- bytes -------------------------------------------------------------------------------------------------------------

function number(bytes, at, type) {
  var width = WIDTH[type], value = 0;
  for (var i = width - 1; i >= 0; i--) { value = value * 256 + bytes[at + i]; }
  return type === "b" && value > 127 ? value - 256 : type === "h" && value > 32767 ? value - 65536 : value;
}

function hex(bytes) {
  var text = "";
  for (var i = 0; i < bytes.length; i++) { text += (bytes[i] < 16 ? "0" : "") + bytes[i].toString(16); }
  return text;
}

// The text in UTF-8 bytes; null when they are none: overlong forms, surrogates and what is beyond U+10FFFF are none.
function utf8(bytes) {
  var text = "";
  for (var i = 0; i < bytes.length;) {
    var first = bytes[i], more = first < 0x80 ? 0 : first >= 0xC2 && first < 0xE0 ? 1 : first >= 0xE0 && first < 0xF0 ? 2 : 3;
    if (first > 0xF4 || (first >= 0x80 && first < 0xC2) || i + more >= bytes.length) { return null; }
    var code = more ? first & (0x3F >> more) : first;
    for (var j = 1; j <= more; j++) {
      if ((bytes[i + j] & 0xC0) !== 0x80) { return null; }
      code = code * 64 + (bytes[i + j] & 0x3F);
    }
    if ((more === 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) || (more === 3 && (code < 0x10000 || code > 0x10FFFF))) {
      return null;
    }
    text += code < 0x10000 ? String.fromCharCode(code)
      : String.fromCharCode(0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF));
    i += 1 + more;
  }
  return text;
}

// The UTF-8 bytes of a text; null when a half of a surrogate pair stands alone.
function utf8Bytes(text) {
  var bytes = [];
  for (var i = 0; i < text.length; i++) {
    var code = text.charCodeAt(i);
    if (code >= 0xD800 && code < 0xE000) {
      var low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (code >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) { return null; }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      i++;
    }
    if (code < 0x80) {
      bytes.push(code);
    } else if (code < 0x800) {
      bytes.push(0xC0 | code >> 6, 0x80 | code & 63);
    } else if (code < 0x10000) {
      bytes.push(0xE0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63);
    } else {
      bytes.push(0xF0 | code >> 18, 0x80 | code >> 12 & 63, 0x80 | code >> 6 & 63, 0x80 | code & 63);
    }
  }
  return bytes;
}

function textOf(bytes) {
  var text = utf8(bytes);
  if (text === null) {
    text = "";
    for (var i = 0; i < bytes.length; i++) { text += bytes[i] < 0x80 ? String.fromCharCode(bytes[i]) : "?"; }
  }
  return text;
}

// What is packed again and again, as `each` says: numbers, or lists of them; a rest too short for one is left out.
function unpacked(each, bytes) {
  var all = [], size = WIDTH[each.charAt(0)] * each.length;
  for (var at = 0; at + size <= bytes.length; at += size) {
    var row = [];
    for (var i = 0; i < each.length; i++) { row.push(number(bytes, at + i * size / each.length, each.charAt(i))); }
    all.push(each.length === 1 ? row[0] : row);
  }
  return all;
}

// -- records ------------------------------------------------------------------------------------------------------------

function word(names, id) {
  return id >= 0 && id < NAMED[names].length ? NAMED[names][id] : id;
}

function amount(gas, counts) {
  return GASES.hasOwnProperty(gas) ? [counts / GASES[gas][0], GASES[gas][1]] : [counts, "counts"];
}

function fieldOf(field, raw) {
  var cases = field.cases || [];
  for (var i = 0; i < cases.length; i++) {
    if (cases[i][1].indexOf(raw[cases[i][0]]) >= 0) { return cases[i][2]; }
  }
  return field;
}

function isoTime(epochS, epochMs) {
  return new Date(Date.UTC(2000, 0, 1) + epochS * 1000 + epochMs).toISOString();
}

function run(raw, tMs, usable) {
  var readings = [], value = raw.first_value, steps = unpacked("b", raw.steps);
  for (var i = 0; i <= steps.length; i++) {
    var t = (tMs - (steps.length - i) * raw.period_s * 1000) % TICKS;
    readings.push({ t_ms: t < 0 ? t + TICKS : t, value: usable ? amount(raw.gas, value)[0] : null });
    value += i < steps.length ? steps[i] : 0;
  }
  return readings;
}

// Adds what the fields say; returns the bytes at the end of packed ones that make no whole one.
function say(said, row, raw) {
  var usable = raw.quality === undefined || USABLE.indexOf(raw.quality) >= 0, rest = [];
  for (var i = 0; i < row.length; i++) {
    var value = raw[row[i].name], field = fieldOf(row[i], raw), bits, bit, shown;
    if (field.unit === "gas") {
      shown = amount(raw[field.gas || "gas"], value);
      said[field.name] = usable ? shown[0] : null;
      said.unit = shown[1];
    } else if (field.unit === "step") {
      delete said.first_value;
      said.readings = run(raw, said.t_ms, usable);
    } else if (field.unit === "flag") {
      said[field.name] = value !== 0;
    } else if (field.unit === "bits") {
      for (bits = [], bit = 0; bit < 32; bit++) { if (value >>> bit & 1) { bits.push(word(field.names, bit)); } }
      said[field.name] = bits;
    } else if (field.unit === "epoch") {
      said[field.name] = value;
      said.time = value ? isoTime(value, raw.epoch_ms || 0) : null;
    } else if (field.each) {
      said[field.name] = unpacked(field.each, value);
      rest = value.slice(value.length - value.length % (WIDTH[field.each.charAt(0)] * field.each.length));
    } else {
      said[field.name] = field.names ? word(field.names, value) : value;
    }
  }
  return rest;
}

// [what a record says (null: not even its header is whole), what is wrong with it, what of it is newer than this file]
function read(bytes, cut) {
  if (bytes.length < HEADER) { return [null, cut || bytes.length + " bytes, a record has at least " + HEADER, ""]; }
  var id = bytes[0], kind = KINDS.hasOwnProperty(id) ? KINDS[id] : null, raw = {}, at = HEADER, body = bytes.slice(HEADER);
  var said = { kind: kind ? kind.name : "unknown", seq: number(bytes, 1, "I"), boot: number(bytes, 5, "H"), t_ms: number(bytes, 7, "I") };
  said.urgent = kind ? kind.urgent : false;
  if (!kind) { said.kind_id = id; }
  for (var i = 0; kind && i < kind.fields.length; i++) {
    var field = kind.fields[i], width = WIDTH[field.type];
    if (!width) {
      raw[field.name] = field.type === "s" ? textOf(bytes.slice(at)) : bytes.slice(at);
      at = bytes.length;
    } else if (at + width > bytes.length) {
      cut = cut || "cut short";
      break;
    } else {
      raw[field.name] = number(bytes, at, field.type);
      at += width;
    }
  }
  if (cut) {
    said.hex = hex(body);
    said.cut = true;
    return [said, cut, ""];
  }
  if (!kind) {
    said.hex = hex(body);
    said.newer = true;
    return [said, "", "kind " + id + " is not known: a newer tag"];
  }
  var rest = say(said, kind.fields, raw);
  if (rest.length) {
    said.more = hex(rest);
    return [said, rest.length + " bytes left over", ""];
  }
  if (at < bytes.length) {
    said.more = hex(bytes.slice(at));
    said.newer = true;
    return [said, "", bytes.length - at + " bytes more than known: a newer tag"];
  }
  return [said, "", ""];
}

function failed(text) {
  return { data: {}, warnings: [], errors: [text] };
}

function decodeBatch(bytes) {
  var all = [], warnings = [], wrong = [];
  for (var at = 0, n = 1; at < bytes.length; at += 1 + bytes[at], n++) {
    var cut = at + 1 + bytes[at] > bytes.length ? "cut short: " + (bytes.length - at - 1) + " of " + bytes[at] + " bytes" : "";
    var one = read(bytes.slice(at + 1, at + 1 + bytes[at]), cut);
    if (one[0]) { all.push(one[0]); }
    if (one[1]) {
      warnings.push("record " + n + ": " + one[1]);
      wrong.push("record " + n + ": " + one[1]);
    }
    if (one[2]) { warnings.push("record " + n + ": " + one[2]); }
  }
  if (wrong.length && !all.length) { return { data: {}, warnings: [], errors: wrong }; }
  var data = { records: all };
  if (wrong.length) { data.problems = wrong; }
  return { data: data, warnings: warnings, errors: [] };
}

function decodeFragment(bytes) {
  if (bytes.length < 4) { return failed(bytes.length + " bytes, a fragment has at least 4"); }
  var index = bytes[2] >> 4, count = (bytes[2] & 15) + 1;
  if (index >= count) { return failed("fragment " + (index + 1) + " of " + count); }
  var part = { seq16: number(bytes, 0, "H"), index: index, count: count, hex: hex(bytes.slice(3)) };
  return { data: { fragment: part }, warnings: [], errors: [] };
}

// The bytes of a call as an array; null when it has none. Network servers give an array, which may be one of typed numbers.
function bytesOf(input) {
  var bytes = input === undefined || input === null ? null : input.bytes;
  return typeof bytes !== "object" || bytes === null ? null : Array.prototype.slice.call(bytes);
}

function decodeUplink(input) {
  var bytes = bytesOf(input);
  if (bytes === null) { return failed("there are no bytes"); }
  if (input.fPort === BATCH) { return decodeBatch(bytes); }
  if (input.fPort === FRAGMENT) { return decodeFragment(bytes); }
  return failed("fPort " + input.fPort + " is none of a tag");
}

// -- downlinks -----------------------------------------------------------------------------------------------------------

function whole(value, most) {
  return typeof value === "number" && value >= 0 && value <= most && Math.floor(value) === value;
}

// An id from its word or number; -1: it is neither.
function idOf(value, names) {
  return typeof value === "string" ? NAMED[names].indexOf(value) : whole(value, MOST.I) ? value : -1;
}

function put(bytes, value, type) {
  for (var i = 0; i < WIDTH[type]; i++) { bytes.push(Math.floor(value / Math.pow(256, i)) % 256); }
}

// Appends an argument; returns what is wrong with it, "" when nothing.
function putArgument(bytes, field, value) {
  var i, data;
  if (field.each) {
    var most = Math.floor((LARGEST - 3) / 4), good = Array.isArray(value) && value.length <= most;
    for (i = 0; good && i < value.length; i++) { good = whole(value[i], MOST[field.each]); }
    if (!good) { return "is no list of up to " + most + " whole numbers from 0 to " + MOST[field.each]; }
    for (i = 0; i < value.length; i++) { put(bytes, value[i], field.each); }
  } else if (field.type === "s") {
    data = typeof value === "string" ? utf8Bytes(value) : null;
    if (data === null || data.length > TEXT_MAX) { return "is no text of up to " + TEXT_MAX + " bytes"; }
    for (i = 0; i < data.length; i++) { bytes.push(data[i]); }
  } else if (field.type === "x") {
    if (typeof value !== "string" || !/^([0-9a-f][0-9a-f])*$/.test(value) || value.length > 2 * TEXT_MAX) {
      return "is no text of up to " + TEXT_MAX + " bytes in pairs of digits 0-9 a-f";
    }
    for (i = 0; i < value.length; i += 2) { bytes.push(parseInt(value.substr(i, 2), 16)); }
  } else if (field.names) {
    var id = idOf(value, field.names);
    if (id < 0 || id > MOST[field.type]) { return "is none of " + NAMED[field.names].join(", "); }
    put(bytes, id, field.type);
  } else if (whole(value, MOST[field.type])) {
    put(bytes, value, field.type);
  } else {
    return "is no whole number from 0 to " + MOST[field.type];
  }
  return "";
}

function refused(text) {
  return { bytes: [], fPort: DOWNLINK, warnings: [], errors: [text] };
}

function encodeDownlink(input) {
  var data = input === undefined || input === null ? null : input.data, taken = ["message", "ident"], bytes = [], i;
  if (typeof data !== "object" || data === null || Array.isArray(data)) { return refused("a message is an object"); }
  var id = idOf(data.message, "Messages"), message = MESSAGES.hasOwnProperty(id) ? MESSAGES[id] : null;
  if (!message) { return refused("message: is not known"); }
  for (i = 0; i < message.length; i++) { taken.push(message[i].name); }
  var given = Object.keys(data).sort();
  for (i = 0; i < given.length; i++) {
    if (taken.indexOf(given[i]) < 0) {
      return refused(given[i] + ": is not of this message, which takes " + taken.join(", "));
    }
  }
  var ident = data.ident === undefined ? 0 : data.ident;
  if (!whole(ident, MOST.H)) { return refused("ident: is no whole number from 0 to " + MOST.H); }
  put(bytes, id, "B");
  put(bytes, ident, "H");
  for (i = 0; i < message.length; i++) {
    var wrong = putArgument(bytes, message[i], data[message[i].name]);
    if (wrong) { return refused(message[i].name + ": " + wrong); }
  }
  return { bytes: bytes, fPort: DOWNLINK, warnings: [], errors: [] };
}

function decodeDownlink(input) {
  var bytes = bytesOf(input), at = 3;
  if (bytes === null) { return failed("there are no bytes"); }
  var id = bytes[0];
  if (input.fPort !== DOWNLINK) { return failed("fPort " + input.fPort + " takes no messages"); }
  if (bytes.length < 3) { return failed(bytes.length + " bytes, a message has at least 3"); }
  var data = { message: id, ident: number(bytes, 1, "H") };
  if (!MESSAGES.hasOwnProperty(id)) {
    data.hex = hex(bytes.slice(3));
    return { data: data, warnings: ["message " + id + " is not known"], errors: [] };
  }
  data.message = NAMED.Messages[id];
  var wrong = "the arguments are not those of " + data.message;
  for (var i = 0; i < MESSAGES[id].length; i++) {
    var field = MESSAGES[id][i], width = WIDTH[field.type], rest = bytes.slice(at);
    if (width) {
      if (rest.length < width) { return failed(wrong); }
      var value = number(bytes, at, field.type);
      data[field.name] = field.names ? word(field.names, value) : value;
      at += width;
      continue;
    }
    at = bytes.length;
    data[field.name] = field.each ? unpacked(field.each, rest) : field.type === "s" ? utf8(rest) : hex(rest);
    if (data[field.name] === null || (field.each && rest.length % WIDTH[field.each])) { return failed(wrong); }
  }
  return at < bytes.length ? failed(wrong) : { data: data, warnings: [], errors: [] };
}
