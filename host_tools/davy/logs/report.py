"""A journal as one HTML page, without network and without script: what a shift doctor or an auditor asks first stands first.

    may it be believed     what the chain says
    who needed help        man-down, SOS, evacuation, falls: when, how long, what became of it
    what the shift asked   steps, walking, bending, riding, and how tired the wearer may have been, where the tag watches that
    what was breathed      per gas and shift: peak, highest 15-minute mean, means over 8 h and the shift, minutes missing
    when nobody watched    gaps, readings that were no measurement, parts that failed
    are the sensors good   the last zero, span and bump of each
    then                   curves, all that happened, what the verifier found

All text from a tag is escaped: it may be anything.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from importlib import resources
from typing import Any

from davy.logs import shift
from davy.logs.chain import UNKNOWN, WRONG, Checked, joined
from davy.logs.plot import Axis, Curve, chart
from davy.logs.shift import HELP, Facts, Span

MOST_ROWS = 400
_NOT_KNOWN = 65535
_A8_ACTION_MMS2 = 500  # directive 2002/44/EC, article 3: the exposure action value of whole-body vibration
FOLD_ROWS = 12
ANSWERS = ("acknowledged", "help knows", "off")
_WORDS = {
    "whole": "Every record is as the tag wrote it: none is missing, altered or added.",
    "altered": "This journal is NOT as the tag wrote it. What follows is told with that doubt.",
    "unproved": "Nobody can prove that this journal is as the tag wrote it.",
}


class Page:
    """The page of some facts; `zone` is the people's time."""

    def __init__(self, facts: Facts, checked: Checked, about: dict[str, Any], zone: tzinfo = UTC) -> None:
        self._facts = facts
        self._checked = checked
        self._about = about
        self._zone = zone
        self._axis = Axis(facts.start_ms, facts.end_ms, self._clock)

    def html(self) -> str:
        """The whole file."""
        facts = self._facts
        who = " ".join(str(self._about[name]) for name in ("name", "tag_id") if self._about.get(name)) or "unknown tag"
        parts = [
            f"<h1>{escape(who)}</h1>",
            f"<p class=sub>{self._at(facts.start_ms)} to {self._at(facts.end_ms)} ({escape(str(self._zone))}), "
            f"{facts.hours:.1f} h, {facts.rows} rows, {_count(facts.boots, 'start')}</p>"
            if facts.rows
            else "<p class=sub>no record with a time</p>",
            self._belief(),
            self._help(),
            self._breathed(),
            self._asked(),
            self._unwatched(),
            self._sensors(),
            self._curves(),
            self._happened(),
            self._findings(),
        ]
        page = resources.files("davy.logs").joinpath("page.html").read_text(encoding="utf-8")
        return page.replace("@TITLE@", escape(who)).replace("@BODY@", "\n".join(parts))

    def _clock(self, ms: int, form: str) -> str:
        return datetime.fromtimestamp(ms / 1000, self._zone).strftime(form)

    def _at(self, ms: int) -> str:
        return self._clock(ms, "%Y-%m-%d %H:%M:%S")

    def _for(self, span: Span) -> str:
        return "until the journal ends" if span.end_ms is None else _long(span.end_ms - span.start_ms)

    def _belief(self) -> str:
        state = self._checked.state
        counts: dict[str, int] = {}
        for one in joined(self._checked.findings):
            if one.kind in WRONG | UNKNOWN:
                counts[one.name] = counts.get(one.name, 0) + 1
        told = ", ".join(f"{name} ({n})" for name, n in counts.items())
        more = f" {escape(told)}: see <a href='#chain'>the findings</a>." if told else ""
        notes = "".join(f"<br><small>{escape(note)}</small>" for note in self._about.get("notes", []))
        untimed = self._facts.untimed
        lost = f" {_count(untimed, 'row')} of starts that never knew the time are not shown." if untimed else ""
        return f"<section class='card {state}'><h2>May it be believed?</h2><p>{_WORDS[state]}{more}{lost}{notes}</p></section>"

    def _help(self) -> str:
        spans = [one for one in self._facts.alarms if one.name in HELP]
        falls = [(at, kind, v) for at, kind, v in self._facts.events if kind == "fall"]
        rows = [
            (
                one.start_ms,
                [one.name, one.cause, self._for(one), _answer(one), " → ".join(state for _, state in one.states)],
            )
            for one in spans
            if any(state != "countdown" and state != "off" for _, state in one.states)
        ]
        cancelled = len(spans) - len(rows)
        rows += [
            (at, ["fall", f"{v.get('peak_mg', 0) / 1000:.1f} g, turned {v.get('tilt_deg')}°", "", "", ""])
            for at, _, v in falls
        ]
        rows.sort()
        text = f"<p>{_count(cancelled, 'countdown')} cancelled by the wearer.</p>" if cancelled else ""
        if not rows:
            return _card(
                "Did anybody need help?", f"<p>No: no fall, no man-down, no SOS, no evacuation.</p>{text}", "good"
            )
        head = ("when", "what", "why", "how long", "answered after", "what became of it")
        table = _table(head, ([self._at(at), *row] for at, row in rows))
        return _card("Did anybody need help?", table + text, "bad")

    def _breathed(self) -> str:
        shifts = self._facts.shifts
        gas = [one for one in self._facts.alarms if one.name.startswith("gas")]
        parts = []
        if gas:
            rows = [
                [self._at(o.start_ms), o.name, o.cause, _amount(o.peak, o.unit), self._for(o)] for o in gas[:MOST_ROWS]
            ]
            parts.append(_table(("alarm", "which", "gas", "highest", "how long"), rows))
        else:
            parts.append("<p>No gas alarm.</p>")
        if shifts:
            rows = [
                [
                    self._at(one.end_ms) + ("" if one.closed else " (goes on)"),
                    one.gas,
                    _amount(one.peak, one.unit),
                    _amount(one.stel_max, one.unit),
                    _amount(one.twa_max, one.unit),
                    _amount(one.twa_shift, one.unit),
                    f"{one.minutes}",
                    f"{one.missing}",
                ]
                for one in shifts[-MOST_ROWS:]
            ]
            head = (
                "shift until",
                "gas",
                "peak",
                "highest 15 min",
                "highest 8 h",
                "shift / 8 h",
                "min",
                "of these missing",
            )
            parts.append(_table(head, rows))
            if any(one.missing for one in shifts):
                parts.append("<p>Missing minutes count as nothing breathed: the means are at least what is told.</p>")
        else:
            parts.append("<p>The tag has told no exposure.</p>")
        return _card("What was breathed?", "".join(parts), "bad" if gas else "good")

    def _asked(self) -> str:
        """Workload and fatigue; nothing where the tag does not watch them."""
        facts = self._facts
        tired = [values for _, kind, values in facts.events if kind == "fatigue"]
        if not facts.worked and not tired:
            return ""
        rows = []
        for at, v in facts.worked[-MOST_ROWS:]:
            bent = f"{v.get('bent_min')} of {v.get('posture_min')} min" if v.get("posture_min") else "not known"
            shaken = f"{(v.get('a8_mms2') or 0) / 1000:.2f} m/s²" if v.get("measured_s") else "not known"
            when = self._at(at) + ("" if v.get("closed") else " (goes on)")
            counts = [str(v[name]) for name in ("minutes", "step_count", "walking_min")]
            asleep = v.get("asleep_min", _NOT_KNOWN)
            slept = "not known" if asleep == _NOT_KNOWN else f"{asleep} min"
            rows.append([when, *counts, bent, f"{v.get('ridden_min')} min", shaken, slept])
        head = ("shift until", "min", "steps", "min walking", "bent", "riding", "A(8), screened", "asleep, estimated")
        levels = [str(v.get("level")) for v in tired]
        highest = next((level for level in ("high", "watch", "rested") if level in levels), "unknown")
        nods = max((v.get("nod_count", 0) for v in tired), default=0)
        nodded = f" Nods of the head in an hour: {nods} at most." if nods else ""
        rates = [v["heart_bpm"] for v in tired if v.get("heart_bpm")]
        known = f"known in {len(rates)} of {len(tired)} records"
        beat = f" Heart rate in calm: {min(rates)} to {max(rates)} bpm, {known}." if rates else ""
        told = f"<p>Fatigue, an indicator of risk and no measurement: {highest} at most.{nodded}{beat}</p>"
        note = told if tired else ""
        shakes = any(v.get("measured_s") and v.get("a8_mms2", 0) >= _A8_ACTION_MMS2 for _, v in facts.worked)
        doubts = bool(tired) and highest != "rested"
        state = "bad" if highest == "high" else "warn" if shakes or doubts else "good"
        return _card("What did the shift ask of the body?", note + (_table(head, rows) if rows else ""), state)

    def _unwatched(self) -> str:
        facts, rows = self._facts, []
        for gap in facts.gaps:
            rows.append((gap.start_ms, ["nothing recorded", _long(gap.end_ms - gap.start_ms), gap.why]))
        for name, gas in facts.gases.items():
            rows += [(a, [f"no measurement of {name}", _long(b - a), quality]) for a, b, quality in gas.blind]
        rows += [(one.start_ms, [f"fault: {one.name}", self._for(one), one.cause]) for one in facts.faults]
        rows.sort()
        if not rows:
            return _card(
                "When did nobody watch?", "<p>Never longer than 5 minutes, and no part has failed.</p>", "good"
            )
        table = _table(("from", "what", "how long", "why"), ([self._at(at), *row] for at, row in rows[:MOST_ROWS]))
        return _card("When did nobody watch?", table, "warn")

    def _sensors(self) -> str:
        acts = self._facts.calibrations
        if not acts:
            text = "<p>No zero, span or bump test in this time: <code>davy calibrate history</code> knows the earlier ones.</p>"
            return _card("Are the sensors good?", text, "warn")
        rows = []
        for at, values in acts:
            amounts = [_amount(values.get(name), values.get("unit")) for name in ("applied", "response")]
            gain = values.get("gain_q12") or 0
            rows.append(
                [
                    self._at(at),
                    *(_text(values.get(n)) for n in ("gas", "act", "result")),
                    *amounts,
                    f"{gain / 4096:.3f}",
                ]
            )
        failed = any(values.get("result") != "passed" for _, values in acts)
        head = ("when", "gas", "act", "result", "test gas", "it said", "gain from then on")
        return _card("Are the sensors good?", _table(head, rows), "bad" if failed else "good")

    def _curves(self) -> str:
        facts, parts = self._facts, []
        gaps = [(gap.start_ms, gap.end_ms, "gap", f"nothing recorded: {gap.why}") for gap in facts.gaps]
        for name, gas in sorted(facts.gases.items()):
            if not gas.readings and not gas.twa:
                continue
            alarms = [
                (one.start_ms, one.end_ms or facts.end_ms, "alarm", f"{one.name} {one.cause}")
                for one in facts.alarms
                if one.name.startswith("gas") and one.cause == name
            ]
            blind = [(a, b, "blind", f"no measurement: {quality}") for a, b, quality in gas.blind]
            curves = [
                Curve(gas.readings, "reading", f"{name} readings"),
                Curve(gas.twa, "twa", f"{name} TWA of the shift"),
            ]
            curves = [curve for curve in curves if curve.points]
            parts.append(
                f"<h3>{escape(name)}</h3>" + chart(curves, self._axis, gas.unit, gaps + blind + alarms, 1_200_000)
            )
        if facts.battery:
            parts.append(
                "<h3>battery</h3>" + chart([Curve(facts.battery, "reading", "battery")], self._axis, "V", gaps)
            )
        if not parts:
            return ""
        legend = (
            "<p class=legend><i class=reading></i> reading, lowest to highest <i class=twa></i> TWA of the shift so far "
            "<i class=alarm></i> alarm <i class=blind></i> no measurement <i class=gap></i> nothing recorded</p>"
        )
        return f"<section><h2>Curves</h2>{legend}{''.join(parts)}</section>"

    def _happened(self) -> str:
        facts = self._facts
        rows = [(at, [kind, _values(values)]) for at, kind, values in facts.events]
        rows += [
            (at, ["alarm", f"{one.name}: {state} ({one.cause})"]) for one in facts.alarms for at, state in one.states
        ]
        rows.sort()
        shown = rows[-MOST_ROWS:]
        note = f"<p>The last {len(shown)} of {len(rows)}; <code>davy logs export</code> has all.</p>"
        note = note if len(rows) > MOST_ROWS else ""
        table = _table(("when", "what", "which"), ([self._at(at), *row] for at, row in shown))
        return f"<section><h2>All that happened</h2>{note}{table}</section>" if rows else ""

    def _findings(self) -> str:
        found = joined(self._checked.findings)
        rows = [[one.name, one.text.partition(": ")[2]] for one in found[:MOST_ROWS]]
        body = _table(("what", "records"), rows) if rows else "<p>Nothing.</p>"
        numbers = f"<p>{len(self._checked.records)} records, the highest number is {self._checked.last}.</p>"
        return f"<section id=chain><h2>What the verifier found</h2>{numbers}{body}</section>"


def _answer(span: Span) -> str:
    """How long the alarm was on before anybody, the wearer too, answered."""
    on_ms = next((at for at, state in span.states if state == "on"), None)
    if on_ms is None:
        return "-"
    answered_ms = next((at for at, state in span.states if state in ANSWERS and at >= on_ms), None)
    return "nobody" if answered_ms is None else _long(answered_ms - on_ms)


def _card(title: str, body: str, css: str) -> str:
    return f"<section class='card {css}'><h2>{title}</h2>{body}</section>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a long one is folded after its first rows."""
    every = list(rows)
    if len(every) > FOLD_ROWS + 2:
        rest = (
            f"<details><summary>and {len(every) - FOLD_ROWS} more</summary>{_rows(head, every[FOLD_ROWS:])}</details>"
        )
        return _rows(head, every[:FOLD_ROWS]) + rest
    return _rows(head, every)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _values(values: dict[str, Any]) -> str:
    shown = [f"{name} {_text(value)}" for name, value in values.items() if value is not None]
    return ", ".join(shown)[:200]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _amount(value: float | None, unit: str | None) -> str:
    return "-" if value is None else f"{value:g} {unit or ''}".strip()


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _long(ms: int) -> str:
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def page(
    checked: Checked, about: dict[str, Any], zone: tzinfo, from_ms: int | None = None, to_ms: int | None = None
) -> str:
    """The page of a checked journal, or of a part of it."""
    from davy.logs.export import table

    return Page(shift.gather(table(checked), from_ms, to_ms), checked, about, zone).html()
