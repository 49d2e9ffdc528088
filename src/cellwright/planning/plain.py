"""Frozen values as plain JSON and back, exact to the last bit.

What is read is made by the annotations of the value that is asked for: a file names no class but one of those, and
nothing in it can run.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Plain = Any
"""What JSON can say: None, bool, int, float, str, lists, dicts with text keys."""

_DTYPES = ("<f8", "<i8", "<i4", "|b1", "|u1")
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class UnfitError(ValueError):
    """Something plain is not the value that is asked for; ``key`` is its path in the document."""

    def __init__(self, problem: str, key: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.key = key


def plain(value: object) -> Plain:
    """Return a frozen value as JSON: arrays by their bytes, dataclasses with their name under ``is``.

    A field that most values do not have (``left_out`` in its metadata) is written where it is not its default only.
    """
    if isinstance(value, np.ndarray):
        return _array_as_plain(cast("NDArray[Any]", value))
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if not (field.metadata.get("left_out") and getattr(value, field.name) == field.default)
        }
        return {"is": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in cast("Mapping[object, object]", value).items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in cast("tuple[object, ...]", value)]
    raise TypeError(f"{type(value).__name__} is no frozen value")


def valued(kind: type[T], said: Plain, key: str = "") -> T:
    """Return what ``plain`` made of a value of ``kind``.

    Raises:
        UnfitError: it is not that; every field has to be there and no other.
    """
    return cast("T", _value(kind, said, key))


def _value(kind: Any, said: Plain, key: str) -> object:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _member(kind, said, key)
    if not _may_be(kind, said):
        raise UnfitError(f"{_short(said)} where {_name(kind)} belongs", key)
    if origin is np.ndarray or kind is np.ndarray:
        return _array(kind, said, key)
    if origin is tuple:
        return _entries(get_args(kind), said, key)
    if origin is not None and origin is not Literal:
        return {name: _value(get_args(kind)[1], entry, f"{key}.{name}") for name, entry in said.items()}
    if kind is float:
        return _WORDS[said["number"]] if isinstance(said, dict) else said
    if dataclasses.is_dataclass(kind):
        return _fields(cast("type[Any]", kind), said, key)
    return said


def _may_be(kind: Any, said: Plain) -> bool:
    """Whether something plain looks like a value of a kind, its entries not yet looked at."""
    origin = get_origin(kind)
    if origin is Literal:
        return any(type(said) is type(choice) and said == choice for choice in get_args(kind))
    if origin is np.ndarray or kind is np.ndarray:
        return isinstance(said, dict) and said.keys() == {"array", "shape", "data"}
    if origin is tuple:
        return isinstance(said, list)
    if origin is not None:
        return isinstance(said, dict)
    if dataclasses.is_dataclass(kind):
        return isinstance(said, dict) and said.get("is") == cast("type[Any]", kind).__name__
    if kind is float and isinstance(said, dict):
        return said.keys() == {"number"} and said["number"] in tuple(_WORDS)
    known: dict[Any, tuple[type, ...]] = {float: (float, int), int: (int,), bool: (bool,), str: (str,)}
    return type(said) in known.get(kind, (type(None),))


def _member(kind: Any, said: Plain, key: str) -> object:
    for member in get_args(kind):
        if _may_be(member, said):
            return _value(member, said, key)
    raise UnfitError(f"{_short(said)} where {_name(kind)} belongs", key)


def _entries(kinds: tuple[Any, ...], said: list[Plain], key: str) -> tuple[object, ...]:
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(said)
    if len(kinds) != len(said):
        raise UnfitError(f"{len(said)} entries where {len(kinds)} belong", key)
    return tuple(_value(kind, entry, f"{key}.{i}") for i, (kind, entry) in enumerate(zip(kinds, said, strict=True)))


def _fields(kind: type[Any], said: dict[str, Plain], key: str) -> object:
    hints = _hints(kind)
    names = {"is"} | {field.name for field in dataclasses.fields(kind)}
    names -= {field.name for field in dataclasses.fields(kind) if field.metadata.get("left_out")} - said.keys()
    for name in sorted(names ^ said.keys()):
        what = "is missing" if name in names else "is unknown"
        raise UnfitError(f"{name[:60]!r} {what} in {kind.__name__}", key)
    return kind(**{name: _value(hints[name], said[name], f"{key}.{name}".lstrip(".")) for name in names - {"is"}})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _array_as_plain(array: NDArray[Any]) -> Plain:
    dtype = array.dtype.newbyteorder("<").str
    if dtype not in _DTYPES:
        raise TypeError(f"an array of {array.dtype} is no frozen value")
    data = np.ascontiguousarray(array, dtype).tobytes()
    return {"array": dtype, "shape": list(array.shape), "data": base64.b64encode(data).decode("ascii")}


def _array(kind: Any, said: dict[str, Plain], key: str) -> NDArray[Any]:
    dtype, shape = said["array"], said["shape"]
    wanted = np.dtype(get_args(get_args(kind)[1])[0])
    if dtype not in _DTYPES or np.dtype(dtype).kind != wanted.kind:
        raise UnfitError(f"an array of {_short(dtype)} where one of {wanted} belongs", key)
    if not isinstance(shape, list) or not all(type(n) is int and 0 <= n < 2**40 for n in cast("list[Plain]", shape)):
        raise UnfitError("the shape of an array is no list of sizes", key)
    try:
        data = base64.b64decode(said["data"], validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise UnfitError("the bytes of an array are damaged", key) from None
    if len(shape) > 8 or math.prod(cast("list[int]", shape)) * np.dtype(dtype).itemsize != len(data):
        raise UnfitError("the bytes of an array do not fit its shape", key)
    return np.frombuffer(data, dtype).reshape(cast("list[int]", shape))


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind)) if get_origin(kind) is None else str(kind).replace("typing.", "")


def _short(said: Plain) -> str:
    text = "a block" if isinstance(said, dict) else "a list" if isinstance(said, list) else repr(said)
    return text if len(text) <= 40 else f"{text[:37]}..."
