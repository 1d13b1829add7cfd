"""LMS signatures against the test cases of RFC 8554, and against every way of being wrong."""

import io

import lms_vectors

from signature import lms

CASES = lms_vectors.parts(lms_vectors.KEY_1, lms_vectors.MESSAGE_1, lms_vectors.SIGNATURE_1) + lms_vectors.parts(
    lms_vectors.KEY_2, lms_vectors.MESSAGE_2, lms_vectors.SIGNATURE_2
)
LEAVES = (5, 10, 3, 4)


def verify(key, message, signature):
    return lms.verify(key, (message,), io.BytesIO(signature))


def flipped(data, at):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def test_rfc_8554_appendix_f():
    for (key, message, signature), leaf in zip(CASES, LEAVES):
        assert lms.size(key) == len(signature)
        assert verify(key, message, signature) == leaf


def test_a_message_may_come_in_pieces_and_the_signature_in_the_middle_of_a_file():
    key, message, signature = CASES[2]
    file = io.BytesIO(b"before" + signature + b"behind")
    file.seek(6)
    assert lms.verify(key, (message[:10], b"", memoryview(message)[10:]), file) == 3
    assert file.read() == b"behind"


def test_no_changed_bit_of_a_message_or_a_key_passes():
    key, message, signature = CASES[2]
    for at in range(0, len(message), 7):
        assert verify(key, flipped(message, at), signature) == -1
    assert verify(key, message + b"\x00", signature) == -1
    assert verify(key, message[:-1], signature) == -1
    for at in range(0, len(key), 3):
        assert verify(flipped(key, at), message, signature) == -1


def test_no_changed_bit_of_a_signature_passes():
    key, message, signature = CASES[2]
    # leaf, type, C, the first and last chain, the second type, the path's ends; then a stride through the rest
    for at in list(range(8)) + [8, 39, 40, 2183, 2184, 2187, 2188, 2507] + list(range(50, 2500, 211)):
        assert verify(key, message, flipped(signature, at)) == -1, at


def test_another_leaf_number_and_another_trees_signature_do_not_pass():
    key, message, signature = CASES[2]
    for leaf in (0, 2, 1023, 1024, 65535):
        changed = bytes((0, 0, leaf >> 8, leaf & 255)) + signature[4:]
        assert verify(key, message, changed) == -1
    assert verify(key, message, b"\x01" + signature[1:]) == -1
    assert verify(CASES[3][0], message, signature) == -1
    assert verify(CASES[0][0], CASES[1][1], CASES[1][2]) == -1


def test_a_file_that_ends_early_does_not_pass():
    key, message, signature = CASES[1]
    for length in (0, 3, 7, 8, 39, 40, 41, 1127, 1128, 1131, 1132, 1163, len(signature) - 1):
        assert verify(key, message, signature[:length]) == -1


def test_keys_of_other_kinds_are_known_as_such():
    key = CASES[2][0]
    for head in ("0000000400000003", "0000000700000003", "0000000600000002", "0000000600000005", "0100000600000003"):
        strange = bytes([int(head[i : i + 2], 16) for i in range(0, 16, 2)]) + key[8:]
        assert lms.size(strange) == 0
        assert verify(strange, CASES[2][1], CASES[2][2]) == -1
    for wrong in (b"", key[:-1], key + b"\x00"):
        assert lms.size(wrong) == 0
        assert verify(wrong, CASES[2][1], CASES[2][2]) == -1
