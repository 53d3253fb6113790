"""The wire format: what goes in comes out, and nothing that comes in does harm."""

import contextlib
import json
import math
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from optwright.sandbox import wire

SCALARS = st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
DTYPES = st.one_of(nps.boolean_dtypes(), nps.integer_dtypes(), nps.unsigned_integer_dtypes(), nps.floating_dtypes())
ARRAYS = nps.arrays(DTYPES | nps.complex_number_dtypes(), nps.array_shapes(min_dims=0, min_side=0, max_side=4))
VALUES = st.recursive(SCALARS | TEXT, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXT, v, max_size=4))
WITH_ARRAYS = st.recursive(
    SCALARS | TEXT | ARRAYS, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXT, v, max_size=4)
)


def frame(value) -> bytearray:
    return bytearray(b"".join(wire.encode(value)))


def raw(text: bytes, arrays: bytes = b"", key: bytes = b"k" * 8) -> bytes:
    return wire.HEADER.pack(key, len(text), len(arrays)) + text + arrays


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        equal_nan = a.dtype.kind in "fc"
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=equal_nan)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b


@given(WITH_ARRAYS)
def test_every_value_comes_back(value):
    assert same(value, wire.decode(frame(value)))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_frame_are_refused(data):
    with pytest.raises(wire.WireError):
        wire.decode(wire.HEADER.pack(b"12345678", 10**9, 0) + data)


@settings(max_examples=300)
@given(WITH_ARRAYS, st.data())
def test_a_damaged_frame_is_refused_or_is_another_value(value, data):
    damaged = frame(value)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(wire.WireError):
        wire.decode(damaged)


@given(VALUES, st.binary(max_size=64), st.binary(min_size=8, max_size=8))
def test_a_forged_frame_is_refused_or_is_another_value(value, arrays, key):
    forged = [{key.hex(): value}, {key.hex(): ["<f8", value, 0]}, {key.hex(): [value, [2], 0]}]
    text = json.dumps([*forged, {key.hex(): ["<f8", [1], value]}]).encode()
    with pytest.raises(wire.WireError):
        wire.decode(raw(text, arrays, key))


@pytest.mark.parametrize(
    "place",
    [
        ["O", [1], 0],
        ["|O8", [1], 0],
        ["<f8", [-1], 0],
        ["<f8", [2], 0],
        ["<f8", [1], 8],
        ["<f8", [1], -8],
        ["<f8", [2**40, 2**40], 0],
        ["<f8", [True], 0],
        ["<f8", [0] * 33, 0],
        ["<f3", [1], 0],
        ["<f8", [1.0], 0],
        ["<f8,<f8", [0], 0],
    ],
)
def test_malformed_arrays_are_refused(place):
    key = b"k" * 8
    with pytest.raises(wire.WireError):
        wire.decode(raw(json.dumps({key.hex(): place}).encode(), b"\0" * 8, key))


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[" * 100_000, b"1" * 10_000, b"\xff", b'"\\ud800"', b'"\\\\\\uD9ab"', b"\xef\xbb\xbf1"]
)
def test_malformed_json_is_refused(text):
    with pytest.raises(wire.WireError):
        wire.decode(raw(text))


def test_what_looks_like_a_surrogate_in_honest_text_passes():
    assert wire.decode(frame(r"\ud800 and \\uDEAD")) == r"\ud800 and \\uDEAD"


def test_what_json_changes_is_changed_and_no_more():
    value = wire.decode(frame({1: (1, 2), "nan": math.nan, "inf": -math.inf, "text": "a\ud800b"}))
    assert value["1"] == [1, 2] and math.isnan(value["nan"]) and value["inf"] == -math.inf and value["text"] == "a?b"


def test_numpy_scalars_become_numbers():
    value = wire.decode(frame([np.int64(3), np.float64(0.5), np.bool_(True), np.float32(0.25), np.str_("x")]))
    assert value == [3, 0.5, True, 0.25, "x"] and [type(v) for v in value] == [int, float, bool, float, str]


def test_arrays_come_back_writable_and_aligned_whatever_their_layout():
    arrays = [np.arange(6).reshape(2, 3).T, np.arange(10)[::-2], np.array(5.0), np.arange(3, dtype=">i4")]
    for sent, received in zip(arrays, wire.decode(frame(arrays)), strict=True):
        assert np.array_equal(sent, received) and received.flags.writeable and received.flags.aligned


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({1, 2}, "set"),
        (object(), "object"),
        (1j, "complex"),
        (b"x", "bytes"),
        (np.array(["a"]), "<U1"),
        (np.array([None]), "object"),
        (np.zeros(2, "f8,i4"), "f8"),
        (np.ma.array([1.0], mask=[True]), "MaskedArray"),
        ({(1, 2): 3}, "tuple"),
    ],
)
def test_what_cannot_be_sent_is_named(value, named):
    with pytest.raises(wire.Unsendable, match=named):
        wire.encode([value])


def test_bottomless_and_circular_values_cannot_be_sent():
    circle: list = []
    circle.append(circle)
    with pytest.raises(wire.Unsendable):
        wire.encode(circle)
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(wire.Unsendable, match="deeply"):
        wire.encode(deep)


def peak_of_decoding(data: bytes) -> int:
    """Bytes that decoding takes at its worst."""
    tracemalloc.start()
    try:
        with contextlib.suppress(wire.WireError):
            wire.decode(bytearray(data))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "unit", ["[],", "{},", '{"":0},', "0,", "1.5,", '"é",', '"\U0001f600",', "-1e400,", "[[],[]],"]
)
def test_decoding_takes_memory_in_proportion_to_the_frame(unit):
    text = f"[{unit * 20_000}0]".encode()
    assert peak_of_decoding(raw(text)) < 40 * len(text)


@pytest.mark.parametrize("shape", [[0, 2**47], [2**47, 0, 2**47], [2**47, 2**47], [2**40], [1] * 32])
def test_a_shape_that_is_claimed_takes_no_memory(shape):
    place = json.dumps([{(b"k" * 8).hex(): ["<f8", shape, 0]}] * 100).encode()
    assert peak_of_decoding(raw(place, bytes(16))) < 60 * len(place)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=64))
def test_a_frame_that_claims_another_length_is_refused_at_no_cost(value, text, arrays, tail):
    honest = json.dumps(value).encode()
    claimed = wire.HEADER.pack(b"k" * 8, text, arrays) + honest + tail
    if text + arrays != len(honest) + len(tail):
        with pytest.raises(wire.WireError, match="length"):
            wire.decode(claimed)
        assert peak_of_decoding(claimed) < 2 * len(claimed) + 10_000


@given(st.lists(st.integers(0, 64), max_size=6), st.integers(0, 200), st.binary(max_size=256))
def test_overlapping_arrays_share_the_frame_that_they_came_in(shape, offset, arrays):
    text = json.dumps([{(b"k" * 8).hex(): ["<u1", shape, offset]}] * 50).encode()
    data = bytearray(raw(text, arrays))
    with contextlib.suppress(wire.WireError):
        for array in wire.decode(data):
            assert array.shape == tuple(shape) and (
                not array.size or np.shares_memory(array, np.frombuffer(data, "u1"))
            )


def test_the_header_states_the_length():
    data = frame([np.zeros(100)])
    assert wire.expected(data[: wire.HEADER.size]) == len(data) and wire.expected(data[:10]) is None
    assert struct.unpack_from("!8sQQ", data)[2] == 800
