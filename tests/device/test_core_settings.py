"""The table of settings: defaults, ranges, and what is said of a wrong value."""

from tag.settings import DEFAULTS, SETTINGS, check

KINDS = ("int", "int0", "text", "hex", "ipv4", "level", "choice")


def test_every_default_may_be_used_and_every_row_is_whole():
    assert set(DEFAULTS) == set(SETTINGS)
    for name, (kind, default, low, high, unit, why) in SETTINGS.items():
        assert kind in KINDS and isinstance(unit, str) and len(why) > 10
        assert default in low if kind == "choice" else low <= high
        assert check(name, default) == "", name
        assert DEFAULTS[name] == default


def test_the_limits_of_numbers_are_within_and_beyond_is_not():
    for name, (kind, _, low, high, _, _) in SETTINGS.items():
        if kind.startswith("int"):
            assert (check(name, 0) == "") == (kind == "int0" or low <= 0)
            assert check(name, low) == "" and check(name, high) == ""
            for wrong in (low - 1, high + 1, -999, "30", None, 30.5, True, [30]):
                if wrong == 0 and kind == "int0" and wrong is not False:
                    continue
                problem = check(name, wrong)
                assert problem.startswith(name + ": "), (name, wrong, problem)


def test_texts_are_measured_in_bytes():
    assert check("name", "a" * 32) == "" and check("name", "a" * 33) != ""
    assert check("name", "\u00e4" * 16) == "" and check("name", "\u00e4" * 17) != ""
    assert check("gateway_host", 5) != "" and check("wifi_ssid", None) != ""


def test_hexadecimal_digits():
    assert check("tag_id", "00aaBBff12345678") == "" and check("tag_id", "") == ""
    for wrong in ("00aabbff1234567", "00aabbff123456789", "00aabbff1234567g", "0x00aabbff123456", 12345678, b"00"):
        assert check("tag_id", wrong).startswith("tag_id: "), wrong
    assert check("key", "0" * 32) == "" and check("key", "f" * 64) == "" and check("key", "") == ""
    assert check("key", "0" * 30) != "" and check("key", "0" * 66) != "" and check("key", "0" * 33) != ""


def test_a_key_is_never_repeated_in_what_is_said():
    assert "12345" not in check("key", "12345" * 20)


def test_an_unknown_setting_is_named():
    assert check("colour", 5) == "unknown setting: colour"
    assert check(5, 5) != "" and check(None, 5) != ""


def test_the_gateway_is_an_address_never_a_name():
    for good in ("", "10.0.0.1", "255.255.255.255", "0.0.0.0"):
        assert check("gateway_host", good) == "", good
    for bad in (
        "gateway",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1.2",
        "10..0.1",
        "10.0.0.1 ",
        "1e1.0.0.1",
        "10.0.0.-1",
        "0010.0.0.1",
    ):
        assert "address" in check("gateway_host", bad), bad
