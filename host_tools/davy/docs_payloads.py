"""The section of docs/records.md about LoRaWAN payloads and the codec for network servers."""

import json

from davy import docs_sizes
from davy.codecs import fragments, payload

_ALARM = docs_sizes.record(docs_sizes.CONTENTS[0][1])
_SAID = json.dumps(payload.decode(payload.BATCH, bytes([len(_ALARM)]) + _ALARM).data)

SECTION = f"""\
## On LoRaWAN

```
up    fPort {payload.BATCH}   (length u8 | record)*                        a batch, as in a link frame
      fPort {payload.FRAGMENT}   seq u16 | index << 4 | count - 1 u8 | bytes   a fragment of one record
down  fPort {payload.DOWNLINK}   message u8 | ident u16 | arguments
```

A record too long for a payload goes in 2 to 16 fragments. `seq` are the low 16 bits of its number. Fragments are even:
each has ceil(length / count) bytes but the last, which has the rest; so the count alone says where the record was cut,
and parts of two tries at different data rates never mix. They come in any order. The host gives up a record of which
nothing came for {fragments.IDLE_S / 3600:.0f} h, and keeps at most {fragments.PER_DEVICE} that lack parts for each tag.

### In ChirpStack and The Things Stack

`host_tools/davy/codecs/davy.js` decodes uplinks and encodes downlinks; it is ECMAScript 5.1 and needs no variables.

- ChirpStack v4: device profile, *Codec*, *JavaScript functions*, paste the file.
- The Things Stack v3: application, *Payload formatters*, *Custom JavaScript formatter*, paste it for uplink and for
  downlink.
- Without either: `davy records decode --port 1 HEX` says the same on a computer.

An uplink becomes

```json
{_SAID}
```

- Ids are words, or numbers where there is no word. Gas values are in `unit`; without a usable quality they are null.
  Faults of a heartbeat are a list. What is `value` in an alarm is named by what it is: `value`, `code`, `peak_mg`,
  `still_s`, `ident`.
- A run of readings is `readings`, a list of `t_ms` and `value`. `mg` of samples is a list of [x, y, z]. Where there is
  `epoch_s` there is `time`, in ISO 8601.
- `newer`: of a kind that is not known (`kind_id`, and all after the header in `hex`), or longer than known (`more`).
  `cut`: its end is missing (`hex`).
- A fragment becomes `fragment` with `seq16`, `index`, `count`, `hex`: put together they are one record without its
  length.
- What is wrong stands in `warnings`, and in the data as `problems`. `errors` is used only when nothing could be decoded,
  because both servers throw away the data of an uplink with errors.

A downlink is `{{"message": "help", "ident": 1201, "alarm": "man down"}}`: message, ident and arguments by the names above,
ids as words or numbers, bytes in hexadecimal. What is out of range, too long or has another name is an error; nothing
is cut. It goes out with fPort {payload.DOWNLINK}."""
