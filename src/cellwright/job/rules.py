"""Rules between the fields of a block, checked together with the fields so that every mistake is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import ModelWrapValidatorHandler, ValidationError
from pydantic_core import InitErrorDetails

from ..errors import FieldError

Raw = Mapping[str, object]
"""A block as it stands in the file: nothing about its values is known yet."""
Complaint = tuple[tuple[int | str, ...], FieldError]
"""A key path inside the block and what is wrong there."""
_T = TypeVar("_T")


def checked(data: object, handler: ModelWrapValidatorHandler[_T], rule: Callable[[Raw], Iterator[Complaint]]) -> _T:
    """Return what ``handler`` makes of a block; what ``rule`` finds is told along with what the fields complain about.

    Raises:
        ValidationError: of the fields and of the rule together.
    """
    found = list(rule(cast(Raw, data))) if isinstance(data, Mapping) else []
    details = [_detail("value_error", {"error": error}, key, data) for key, error in found]
    try:
        value = handler(data)
    except ValidationError as error:
        known = [_detail(e["type"], e.get("ctx"), e["loc"], e["input"]) for e in error.errors(include_url=False)]
        raise ValidationError.from_exception_data("block", [*known, *details]) from None
    if details:
        raise ValidationError.from_exception_data("block", details)
    return value


def blocks(data: Raw, key: str) -> Iterator[tuple[int, Raw]]:
    """Yield index and content of the blocks in the list under ``key``; whatever is not a block is passed over."""
    items = data.get(key)
    if isinstance(items, Sequence) and not isinstance(items, str):
        for i, item in enumerate(cast(Sequence[object], items)):
            if isinstance(item, Mapping):
                yield i, cast(Raw, item)


def repeated_names(data: Raw, *lists: str, taken: Sequence[str] = ()) -> Iterator[Complaint]:
    """Yield a complaint for every name that an earlier block of the ``lists`` has, or that is ``taken``."""
    seen = set(taken)
    for key in lists:
        for i, block in blocks(data, key):
            name = block.get("name")
            if isinstance(name, str) and name in seen:
                yield (key, i, "name"), FieldError(f"the name {name[:60]!r} is taken", fix="write another name")
            elif isinstance(name, str):
                seen.add(name)


def _detail(kind: str, context: dict[str, Any] | None, key: tuple[int | str, ...], value: object) -> InitErrorDetails:
    return InitErrorDetails(type=kind, ctx=context or {}, loc=key, input=value)
