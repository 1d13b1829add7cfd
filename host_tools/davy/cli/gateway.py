"""`davy gateway`: hear tags on a real network, by datagrams and through a broker."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from davy.cli.output import Json, console, print_json_line

if TYPE_CHECKING:
    from davy.gateway.received import Received


def gateway(
    port: Annotated[int, typer.Option(min=0, max=65535, help="UDP port to listen on; 0: any free one.")] = 4750,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 hears the whole network.")] = "127.0.0.1",
    tag: Annotated[
        list[Path] | None,
        typer.Option(
            "--tag", metavar="FILE.toml", help="Settings of a tag to hear (its tag_id and key); again for each."
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Keep records here, on disk before the tag gets its receipt."),
    ] = None,
    mqtt: Annotated[
        str, typer.Option(metavar="HOST[:PORT]", help="Hear tags through this MQTT broker too (TLS, port 8883).")
    ] = "",
    mqtt_user: Annotated[str, typer.Option(help="Who the gateway is to the broker.")] = "",
    mqtt_password: Annotated[
        str, typer.Option(envvar="DAVY_MQTT_PASSWORD", help="And its password; better in the environment.")
    ] = "",
    mqtt_ca: Annotated[
        Path | None, typer.Option(metavar="CA.pem", help="Who signs the broker's certificate; without: the system's.")
    ] = None,
    mqtt_plain: Annotated[bool, typer.Option("--mqtt-plain", help="No TLS (port 1883), on the bench only.")] = False,
    lorawan: Annotated[
        str,
        typer.Option(
            metavar="APPLICATION",
            help="Believe LoRaWAN uplinks of this application (its id) of the ChirpStack v4 server at that broker.",
        ),
    ] = "",
    mqtt_id: Annotated[
        str, typer.Option(help="Name of the session at the broker; another one for each gateway.")
    ] = "davy-gateway",
    as_json: Json = False,
) -> None:
    """Hear tags by UDP and through an MQTT broker, by Wi-Fi and LoRaWAN; print each record once, give receipts; Ctrl-C ends.

    Type an order for all tags heard: help, evacuate, all clear, text WORDS, shift end, drill start, drill stop, time,
    config NAME=VALUE, limits FILE, reaction test, readings FIRST LAST.

    LoRaWAN: --mqtt names the broker that ChirpStack v4 publishes to, --lorawan the id of its application, in whose topics the
    broker must let nobody else publish. A tag's DevEUI is lora_dev_eui of its settings, or its tag_id.

    davy gateway &  davy vtag start --gateway 127.0.0.1:4750
    """
    from davy.errors import DavyError
    from davy.gateway import broker
    from davy.gateway.server import Server, Store

    if lorawan and not mqtt:
        raise DavyError("--lorawan: without --mqtt no uplinks come")
    keys, euis = _keys(tag or [])
    who = {"user": mqtt_user, "password": mqtt_password, "ca": mqtt_ca, "client": mqtt_id}
    where = broker.place(mqtt, tls=not mqtt_plain, **who) if mqtt else None
    screen = console()

    def record_came(record: "Received") -> None:
        if as_json:
            print_json_line(record.as_dict())
        else:
            from davy.colours import record_style

            text = f"{record.tag}  #{record.seq:<6} {record.name:9}  {record.text}"
            screen.print(text, style=record_style(record.kind, record.fields), markup=False, soft_wrap=True)

    def note(text: str) -> None:
        print(f"gateway: {text}", file=sys.stderr, flush=True)

    server = Server(
        keys,
        host,
        port,
        store=Store(store) if store else None,
        broker=where,
        application=lorawan,
        euis=euis,
        on_record=record_came,
        on_note=note,
    )
    try:
        if as_json:
            print_json_line({"host": host, "port": server.port, "tags": sorted(keys)})
        else:
            note(
                f"listening on {host}:{server.port} for {len(keys)} {'tag' if len(keys) == 1 else 'tags'}; Ctrl-C ends"
            )
        if where:
            note(f"and through the broker at {where}{f', LoRaWAN of application {lorawan}' if lorawan else ''}")
        if not tag:
            note("no --tag given: the development tag is heard, whose key is public")
        server.run(orders=sys.stdin if sys.stdin and not sys.stdin.closed else None)
    finally:
        server.close()


def _keys(files: list[Path]) -> tuple[dict[str, str], dict[str, str]]:
    """tag id -> key, and DevEUI -> tag id, of the settings files; the development tag without any."""
    from davy import tagconfig
    from davy.errors import DavyError
    from davy.vtag.station import DEVELOPMENT_ID, DEVELOPMENT_KEY

    keys: dict[str, str] = {}
    euis: dict[str, str] = {}
    for file in files:
        values = tagconfig.read(file)
        missing = [name for name in ("tag_id", "key") if not values.get(name)]
        if missing:
            raise DavyError(f"{file}: {missing[0]}: is missing: a tag cannot be heard without")
        ident = str(values["tag_id"]).lower()
        if ident in keys:
            raise DavyError(f"{file}: tag_id: {ident} is that of another file")
        keys[ident] = str(values["key"])
        eui = str(values.get("lora_dev_eui") or ident).lower()
        if eui in euis:
            raise DavyError(f"{file}: lora_dev_eui: {eui} is that of another file")
        euis[eui] = ident
    if not keys:
        return {DEVELOPMENT_ID: DEVELOPMENT_KEY}, {DEVELOPMENT_ID: DEVELOPMENT_ID}
    return keys, euis
