"""What is wrong at the start: told to the journal and the core, so that it is known at the gateway and shown to the wearer."""

from tag import events


def tell(core, memory, config, limits, board_text: str, parts, lora, t_ms: int) -> None:
    """`config` and `limits` are (code, text) of their files, `board_text` what was wrong with the board file, `parts` as in
    tag/hal/parts.py, `lora` in tag/lora_task.py or None."""

    def problem(source: int, code: int, text: str) -> None:
        if text:
            memory.keep((events.CONFIG, t_ms, code, text))
        if code:
            memory.keep_all(core.fault(source, code, 1, t_ms))

    if config[0]:
        problem(events.FAULT_CONFIG, config[0], config[1])
    problem(events.FAULT_LIMITS, limits[0], limits[1])
    if board_text:
        problem(events.FAULT_BOARD, events.CODE_CORRUPT, board_text)
    if lora and lora.text:
        problem(events.FAULT_LINK, lora.fault, lora.text)
    for source, text in parts.problems:
        problem(source, events.CODE_MISSING, text)
    for source in parts.missing:
        problem(source, events.CODE_MISSING, "")
