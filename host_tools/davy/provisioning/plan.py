"""What a provisioning will do, worked out from what the tag says, what the registry holds and the site's settings.

    the tag                                   the registry            step
    has no key, or the public one             nothing                 new: keys are made
    anything                                  pending                 finish: the keys that were made are written
    has the registry's key                    written                 settings: the keys stay
    has another key                           anything                refused, but for `again`
    anything, with `again`                    written                 renew: new keys, the old ones are kept for old journals

Order: keys into the registry (on disk), then to the slot of the settings that is not in force, read back by the tag's own decoder,
then `written` in the registry. So a cut at any moment leaves a tag that boots with old or new settings, and no key that is nowhere
else; a second run finishes the job. A tag that was erased gets new keys: its counters are gone with its flash.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from davy import tagconfig
from davy.errors import DavyError
from davy.provisioning.registry import Entry, Preview, Registry
from davy.tagfacts import PUBLIC_KEY, Facts

SECRETS = ("key", "lora_app_key", "mqtt_password", "site_key")
KEY_B = 16
PASSWORD_B = 18  # 24 letters


@dataclass(frozen=True)
class Plan:
    """One tag; `values` and `entry` hold secrets and are never shown."""

    tag_id: str
    kind: str  # new, finish, settings or renew
    slot: str
    generation: int
    entry: Entry = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)

    def file(self) -> bytes:
        """What the slot will hold."""
        return tagconfig.build(self.values, self.generation)

    def steps(self) -> list[str]:
        """What happens, in words."""
        made = {"new": "make", "renew": "make new", "finish": "take the unfinished", "settings": "keep the"}[self.kind]
        names = ", ".join(sorted(name for name in self.values if name in SECRETS))
        return [
            f"{made} {names} of tag {self.tag_id}" + (", keep the old ones" if self.kind == "renew" else ""),
            "put them into the registry" if self.kind != "settings" else "leave the registry's keys as they are",
            f"write {len(self.values)} settings to {self.slot}, generation {self.generation}, read back by the tag",
            "start the tag",
        ]


def identity(facts: Facts) -> str:
    """The tag's id, which is its DevEUI too: from the chip's own address. EUI-48 to EUI-64 as IEEE has it: FF FE in the middle."""
    chip = str(facts.said.get("id", ""))
    if len(chip) == 12:
        chip = f"{chip[:6]}fffe{chip[6:]}"
    if len(chip) != 16 or not all(c in "0123456789abcdef" for c in chip) or chip == "0" * 16:
        raise DavyError("the chip says no address of its own: is it a board with Davy's firmware?")
    return chip


def plan(
    facts: Facts, registry: Registry | Preview, site: Mapping[str, Any], name: str = "", again: bool = False
) -> Plan:
    """Work out what to do with a tag. Raises DavyError when a person must decide first."""
    if not facts.reads:
        raise DavyError("this tag has no firmware that loads: deploy it first (davy doctor says more)")
    if given := [one for one in ("tag_id", *SECRETS) if site.get(one)]:
        raise DavyError(f"the site's settings hold {', '.join(given)}: leave that out, it is made for each tag")
    tag_id = identity(facts)
    known = registry.get(tag_id)
    kind = _kind(facts, known, tag_id, again)
    entry = known or Entry(tag_id)
    if kind == "renew":
        entry = replace(entry, earlier=[*entry.earlier, entry.secrets], secrets={})
    entry = replace(entry, name=name or entry.name or str(site.get("name", "")), board=facts.board)
    kept = dict(entry.secrets)
    kept.setdefault("key", secrets.token_hex(KEY_B))
    if site.get("lora_region"):
        kept.setdefault("lora_app_key", secrets.token_hex(16))
    if site.get("mqtt_host"):
        kept.setdefault("mqtt_password", secrets.token_urlsafe(PASSWORD_B))
    if site.get("shout"):
        kept["site_key"] = registry.site_key()
    entry.secrets = kept
    values = {**site, **kept, "tag_id": tag_id}
    if entry.name:
        values["name"] = entry.name
    if site.get("mqtt_host") and not site.get("mqtt_user"):
        values["mqtt_user"] = tag_id
    slot, generation = _slot(facts)
    made = Plan(tag_id, kind, slot, generation, entry, values)
    made.file()  # refuses what the tag would refuse
    return made


def _kind(facts: Facts, known: Entry | None, tag_id: str, again: bool) -> str:
    has = str(facts.settings.get("key", ""))
    ours = known is not None and has == fingerprint(known.secrets.get("key", ""))
    if known and known.state == "pending":
        return "finish"
    if again:
        return "renew" if known else "new"
    if known and ours:
        return "settings"
    if has in ("", PUBLIC_KEY) and not known:
        return "new"
    why = "lost the key that the registry has" if known else "has a key that this registry does not know"
    raise DavyError(f"tag {tag_id} {why}: --again gives it new ones; an old journal is verified with its old key only")


def fingerprint(key: str) -> str:
    """As `tagfacts` tells a key without telling it."""
    return hashlib.sha256(key.encode()).digest()[:4].hex() if key else ""


def _slot(facts: Facts) -> tuple[str, int]:
    """The file that is not in force, and the generation above."""
    generations = {name: int(facts.slots.get(name, {}).get("generation", 0)) for name in tagconfig.config.FILES}
    return min(generations, key=lambda name: generations[name]), max(generations.values()) + 1


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings a tag has, less what is made for each tag."""
    return {name: value for name, value in values.items() if name not in ("tag_id", *SECRETS)}


def begin(registry: Registry, made: Plan) -> Entry:
    """The first half: what the plan says into the registry. Raises DavyError when that fails: the tag stays as it is."""
    entry = replace(made.entry, changed=datetime.now(UTC).isoformat(timespec="seconds"))
    if made.kind != "settings":
        entry.state = "pending"
    registry.put(entry)
    return entry


def finish(registry: Registry, made: Plan, entry: Entry, lines: list[dict[str, Any]]) -> Entry:
    """The second half, after the tag has said what it kept: `written`. Raises DavyError, whose text holds no secret."""
    want = {"generation": made.generation, "problem": "", "sha256": hashlib.sha256(made.file()).hexdigest()}
    if want not in lines:
        raise DavyError(f"the tag did not keep its settings ({json.dumps(_safe(lines))}): run it again")
    entry = replace(entry, state="written")
    registry.put(entry)
    return entry


def _safe(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What the tag said, without what may be secret."""
    last = lines[-1] if lines else {}
    return {name: last[name] for name in ("generation", "problem") if name in last}
