"""A mail as Outlook saves it (.msg), written for the tests: a compound file with a stream for each property."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


@dataclass
class _Entry:
    name: str
    kind: int  # 1 folder, 2 stream, 5 root
    data: bytes = b""
    kids: list[_Entry] = field(default_factory=list)
    start: int = _END


def outlook_file(
    words: dict[int, str], binary: dict[int, bytes] | None = None, files: list[tuple[str, bytes]] | None = None
) -> bytes:
    """A .msg with text properties, binary ones and attached files."""
    kids = _properties(words, binary or {}, 32)
    for number, (name, data) in enumerate(files or []):
        file = _properties({0x3707: name}, {0x3701: data}, 8)
        kids.append(_Entry(f"__attach_version1.0_#{number:08X}", 1, kids=file))
    return _compound(_Entry("Root Entry", 5, kids=kids))


def _properties(words: dict[int, str], binary: dict[int, bytes], header: int) -> list[_Entry]:
    streams = [(number, 0x1F, text.encode("utf-16-le")) for number, text in words.items()]
    streams += [(number, 0x102, data) for number, data in binary.items()]
    table = b"\0" * header
    table += b"".join(struct.pack("<HHIII", kind, number, 6, len(data) + 2 * (kind == 0x1F), 0) for number, kind, data in streams)
    found = [_Entry(f"__substg1.0_{number:04X}{kind:04X}", 2, data) for number, kind, data in streams]
    return [_Entry("__properties_version1.0", 2, table), *found]


def _padded(data: bytes, size: int) -> bytes:
    return data + b"\0" * (-len(data) % size)


def _compound(root: _Entry) -> bytes:
    entries = _flat(root)
    fat: list[int] = []
    sectors: list[bytes] = []

    def store(data: bytes) -> int:
        start = len(fat)
        count = -(-len(data) // 512)
        fat.extend([*range(start + 1, start + count), _END] if count else [])
        sectors.append(_padded(data, 512))
        return start if count else _END

    mini, mini_fat = b"", list[int]()
    for entry in entries:
        if entry.kind == 2 and len(entry.data) >= 4096:
            entry.start = store(entry.data)
        elif entry.kind == 2 and entry.data:
            entry.start, count = len(mini_fat), -(-len(entry.data) // 64)
            mini_fat += [*range(entry.start + 1, entry.start + count), _END]
            mini += _padded(entry.data, 64)
    root.data, root.start = mini, store(mini)
    mini_start = store(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) * 4 // 512) * 512, b"\xff"))
    folder_start = store(_padded(_folder(root, entries), 512))
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * 512:
        fat_sectors += 1
    places = list(range(len(fat), len(fat) + fat_sectors))
    fat += [_FAT] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * 512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack(
        "<IIIIIIIII", 0, fat_sectors, folder_start, 0, 4096, mini_start, max(1, len(mini_fat) * 4 // 512), _END, 0
    )
    head += struct.pack(f"<{len(places)}I", *places)
    return head.ljust(512, b"\xff") + b"".join(sectors) + table


def _flat(entry: _Entry) -> list[_Entry]:
    return [entry, *(one for kid in entry.kids for one in _flat(kid))]


def _folder(root: _Entry, entries: list[_Entry]) -> bytes:
    """The directory: the entries of a folder hang on one another's right side."""
    right = {id(one): two for entry in entries for one, two in zip(entry.kids, entry.kids[1:], strict=False)}
    place = {id(entry): number for number, entry in enumerate(entries)}
    written = b""
    for entry in entries:
        name = (entry.name + "\0").encode("utf-16-le")
        next_one = right.get(id(entry))
        written += name.ljust(64, b"\0") + struct.pack("<HBB", len(name), entry.kind, 1)
        written += struct.pack(
            "<III", _FREE, place[id(next_one)] if next_one else _FREE, place[id(entry.kids[0])] if entry.kids else _FREE
        )
        written += b"\0" * 36 + struct.pack("<III", entry.start if entry.kind != 1 else 0, len(entry.data), 0)
    return written
