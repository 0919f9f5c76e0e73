"""Reading the files of words and rules in data/: YAML that must be what its schema says, or an error that names file, line and field.

A schema is a `TypedDict` beside the function that reads the file, marked ``@closed``: an unknown key is then an error, since a key
that is misspelt would be a rule that silently does not hold. To add a key, add a line to it: ``NotRequired[...]`` when files may lack it.
What only the program knows (is this a regular expression, an article?) is checked by the reader, which uses `line_of` to say where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from kb.errors import ExplainedError

T = TypeVar("T")
Place = Sequence[str | int]
_SAID = {"missing": "is missing", "extra_forbidden": "is not a key that is known here; correct or remove it"}
_SHOWN = 60  # letters of a wrong value


class DataFileError(ExplainedError):
    """A file of words or rules is not as it should be; the message names file, line and field."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = tuple(problems)  # all of them, a sentence each


def closed(schema: type[T]) -> type[T]:
    """Makes a TypedDict a schema that allows no other keys."""
    schema.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[attr-defined]
    return schema


def read_data(path: Path, schema: type[T]) -> T:
    """The content of a YAML file as its schema says. Raises DataFileError."""
    content = read_plain(path)
    try:
        checked: T = _adapter(schema).validate_python(content)
        return checked
    except ValidationError as error:
        root = yaml.compose(read_text(path), yaml.CSafeLoader)
        found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key explains a missing one
        raise DataFileError(list(dict.fromkeys(_problem(path, root, one) for one in found))) from error


def read_plain(path: Path) -> Any:
    """The content of a YAML file, whatever it is. Raises DataFileError when it is no YAML or names a key twice."""
    try:
        return yaml.load(read_text(path), _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DataFileError([f"{_name(path)}, line {line}: {' '.join(str(error.problem or error.context).split())}."]) from error
    except yaml.YAMLError as error:
        raise DataFileError([f"{_name(path)}: {' '.join(str(error).split())}."]) from error


def line_of(path: Path, place: Place) -> int:
    """The line, counted from 1, of a place such as ("rules", 3, "queue"); of the last part of it that is there."""
    return _line(yaml.compose(read_text(path), yaml.CSafeLoader), place)


def read_lines(path: Path) -> list[str]:
    """The lines of a list of words, without empty ones and remarks, which begin with #. Raises DataFileError."""
    return [line.strip() for line in read_text(path).splitlines() if line.strip() and not line.startswith("#")]


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(schema: Any) -> TypeAdapter[Any]:
    if schema not in _ADAPTERS:
        _ADAPTERS[schema] = TypeAdapter(schema)
    return _ADAPTERS[schema]


def read_text(path: Path) -> str:
    """The text of a file of words. Raises DataFileError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataFileError([f"{path}: can't be read ({error.strerror})."]) from error
    except UnicodeDecodeError as error:
        raise DataFileError([f"{_name(path)}: is not UTF-8; save it as UTF-8."]) from error


def _name(path: Path) -> str:
    return path.name if path.parent.name == "data" else f"{path.parent.name}/{path.name}"


def _problem(path: Path, root: yaml.Node | None, error: ErrorDetails) -> str:
    place, kind = error["loc"], error["type"]
    said = _SAID.get(kind) or f"{error['msg'].lower()}, not {repr(error['input'])[:_SHOWN]}"
    return f"{_name(path)}, line {_line(root, place)}: {' › '.join(map(_told, place)) or 'the whole file'}: {said}."


def _told(part: str | int) -> str:
    return part if isinstance(part, str) else f"number {part + 1}"


def _line(node: yaml.Node | None, place: Place) -> int:
    line = node.start_mark.line if node else 0
    for part in place:
        step = next(_step(node, part), None)
        if step is None:
            break
        key, node = step
        line = key.start_mark.line
    return line + 1


def _step(node: yaml.Node | None, part: str | int) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """What stands at one part of a place, as (the node that names it, its value)."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key, value) for key, value in node.value if key.value == str(part))
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part], node.value[part]


class _Loader(yaml.CSafeLoader):
    """The safe loader, which takes no key twice: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping. Raises ConstructorError for a key that stands there twice."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands here twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)
