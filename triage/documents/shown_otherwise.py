"""What makes a page look different in another program, on paper or at another size. Runs in the sandbox.

Layers that are shown only at some zoom, on screen or in print (ISO 32000-2, 8.11.4.4), and text that is mixed with what lies under it
in a way that may make it vanish (11.3.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MAX_LAYERS, MAX_STATES = 500, 200
DEEPEST = 3  # form XObjects inside each other
VANISHING = frozenset(
    f"/{name}"
    for name in (
        "Lighten",
        "Screen",
        "ColorDodge",
        "Difference",
        "Exclusion",
        "Hue",
        "Saturation",
        "Color",
        "Luminosity",
        "SoftLight",
    )
)
LAYERS, BLENDING = "layers", "blending"  # what is found


def shown_otherwise(root: Any, pages: Iterator[tuple[int, Any]]) -> list[str]:
    """Which of the two there is."""
    found = [LAYERS] if any(_hides(layer) for layer in _layers(root)) else []
    if any(_vanishes(page, 0) for _, page in pages):
        found.append(BLENDING)
    return found


def _layers(root: Any) -> list[Any]:
    return [entry.get_object() for entry in ((root.get("/OCProperties") or {}).get("/OCGs") or [])[:MAX_LAYERS]]


def _hides(layer: Any) -> bool:
    """Whether a layer says when it is not to be seen."""
    usage = layer.get("/Usage") or {}
    states = [(usage.get(kind) or {}).get(state) for kind, state in (("/View", "/ViewState"), ("/Print", "/PrintState"))]
    return "/Zoom" in usage or "/OFF" in states or "/Language" in usage or "/User" in usage


def _vanishes(holder: Any, depth: int) -> bool:
    """Whether a page or form XObject writes text in a state of VANISHING."""
    resources = holder.get("/Resources") or {}
    states = list((resources.get("/ExtGState") or {}).items())[:MAX_STATES]
    names = [name for name, state in states if _mixes(state.get_object())]
    if names and _writes_after(names, _content(holder)):
        return True
    if depth >= DEEPEST:
        return False
    inner = (entry.get_object() for entry in list((resources.get("/XObject") or {}).values())[:MAX_STATES])
    return any(_vanishes(one, depth + 1) for one in inner if one.get("/Subtype") == "/Form")


def _mixes(state: Any) -> bool:
    modes = state.get("/BM")
    modes = modes.get_object() if modes is not None else []
    return any(str(mode) in VANISHING for mode in (modes if isinstance(modes, list) else [modes]))


def _content(holder: Any) -> bytes:
    if hasattr(holder, "get_contents"):
        content = holder.get_contents()
        return bytes(content.get_data()) if content is not None else b""
    return bytes(holder.get_data())


def _writes_after(names: list[str], content: bytes) -> bool:
    chosen = b"|".join(re.escape(name.encode()) for name in names)
    parts = re.split(rb"(?:" + chosen + rb")\s+gs\b", content)[1:]
    return any(re.search(rb"\bT[jJ]\b|\)\s*['\"]", re.split(rb"\bQ\b|/\S+\s+gs\b", part, maxsplit=1)[0]) for part in parts)
