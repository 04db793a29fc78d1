"""The wire format of Protocol Buffers, in which ONNX and Caffe keep networks: a message's fields, nothing copied."""

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: an integer, or the bytes of text, of a message, of numbers of fixed size.

    ValueError or IndexError for what is no message.
    """
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = varint(message, at)
            yield number, value
            continue
        if wire == _BYTES:
            length, at = varint(message, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + length > len(message):
            raise ValueError("a field goes beyond its message")
        yield number, message[at : at + length]
        at += length


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """The integer of varying length that begins at a byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number longer than ten bytes")
