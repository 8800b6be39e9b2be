"""One to three changes of a file's bytes, drawn by a seed."""

import re
from collections.abc import Callable

import numpy as np

ODD = (
    *(b"", b"-1", b"0", b"NaN", b"-inf", b"1e999", b"99999999999999999999", b"null", b"None"),
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xf0\x9f\xab\x80",
        b'"',
        b"'",
        b",",
        b"\n",
        b"\t",
        b"\r",
        b"/",
        b"..",
    ),
    *(b"[" * 3_000, b"{" * 300, b"(" * 3_000, b"a" * 70_000, b"%s%n", b"${HOME}", b"{0}", b"*"),
    *(b"\\", b"\xe4", b"2024-13-45", b"0x10", b"1,5", b"true", b"= ", b"#", b"(a+)+$", b"C:\\x"),
)
"""What takes the place of a word."""
NUMBERS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")

Draw = np.random.Generator


def change(data: bytes, draw: Draw, other: bytes) -> bytes:
    """Give other bytes.

    Args:
        data: the file's.
        draw: says what changes.
        other: bytes of another file, of which a part may come in.
    """
    for _ in range(int(draw.integers(1, 4))):
        ways = (_bit, _bit, _byte, _number, _cut, _drop, _again, _word, _word, _word)
        way: Callable[[bytes, Draw], bytes] = ways[int(draw.integers(len(ways)))]
        data = way(data, draw) if draw.random() < 0.95 else _mix(data, draw, other)
    return data


def change_slightly(data: bytes, draw: Draw, other: bytes) -> bytes:
    """Give bytes that differ in one bit, or end early."""
    return _bit(data, draw) if draw.random() < 0.7 else change(data, draw, other)


def _at(data: bytes, draw: Draw) -> int:
    # Headers are where most can go wrong.
    most = len(data) if draw.random() < 0.6 else min(400, len(data))
    return int(draw.integers(0, max(most, 1)))


def _bit(data: bytes, draw: Draw) -> bytes:
    at = _at(data, draw)
    changed = bytes([data[at] ^ (1 << int(draw.integers(8)))]) if data else b"\x01"
    return data[:at] + changed + data[at + 1 :]


def _byte(data: bytes, draw: Draw) -> bytes:
    at = _at(data, draw)
    return data[:at] + draw.bytes(int(draw.integers(1, 5))) + data[at + 1 :]


def _number(data: bytes, draw: Draw) -> bytes:
    at = _at(data, draw)
    return data[:at] + NUMBERS[int(draw.integers(len(NUMBERS)))] + data[at + 4 :]


def _cut(data: bytes, draw: Draw) -> bytes:
    return data[: _at(data, draw)]


def _drop(data: bytes, draw: Draw) -> bytes:
    at = _at(data, draw)
    return data[:at] + data[at + int(draw.integers(1, 60)) :]


def _again(data: bytes, draw: Draw) -> bytes:
    at, size = _at(data, draw), int(draw.integers(1, 400))
    return data[:at] + data[at : at + size] * int(draw.integers(2, 40)) + data[at:]


def _word(data: bytes, draw: Draw) -> bytes:
    words = [*re.finditer(rb"[\w.+-]+", data[:200_000])]
    if not words:
        return _byte(data, draw)
    word = words[int(draw.integers(len(words)))]
    return data[: word.start()] + ODD[int(draw.integers(len(ODD)))] + data[word.end() :]


def _mix(data: bytes, draw: Draw, other: bytes) -> bytes:
    at, begin = _at(data, draw), _at(other, draw)
    return data[:at] + other[begin : begin + int(draw.integers(1, 2_000))] + data[at:]
