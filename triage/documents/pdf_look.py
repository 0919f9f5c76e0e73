"""How a page looks: drawn in grey, and in colour where it has any. Runs in the sandbox.

Letters are compared in grey. Green on red of equal brightness is nothing in grey and plain to a reader, so whatever else may stand on a
page is looked for in its colours too. A page in black and white is drawn once and kept in grey only.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.documents.pdf_box import upper_left
from triage.documents.pdf_text import Box

MAX_PIXELS = 13_000_000  # of a drawn page
FAINT = 32 / 255  # less difference in brightness is not seen (about #dfdfdf on white)
# Of a difference in blue, green and red (the order of pdfium): yellow on white is pale, though nothing of its blue is left.
WEIGHTS = (0.5, 1.0, 1.0)
Grey = NDArray[np.float32]
Colours = NDArray[np.uint8]
Window = tuple[slice, slice]
WHOLE: Window = (slice(None), slice(None))


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as drawn."""

    grey: Grey  # brightness 0..1
    colours: Colours | None = None  # blue, green, red; None when the page has none

    def apart(self, other: DrawnPage, window: Window = WHOLE) -> Grey:
        """The difference with another picture of equal size, in brightness or in any colour, 0..1."""
        apart: Grey = np.abs(self.grey[window] - other.grey[window])
        if self.colours is None or other.colours is None:
            return apart
        for channel, weight in enumerate(WEIGHTS):
            one, two = self.colours[(*window, channel)], other.colours[(*window, channel)]
            apart = np.maximum(apart, (np.maximum(one, two) - np.minimum(one, two)) * np.float32(weight / 255))
        return apart

    def spread(self, window: Window) -> float:
        """How far brightness or a colour goes apart in a window, 0..1: a quick look whether there is anything."""
        part = self.grey[window]
        if not part.size:
            return 0.0
        apart = float(part.max() - part.min())
        if self.colours is None:
            return apart
        channels = (self.colours[(*window, channel)] for channel in range(len(WEIGHTS)))
        return max(
            apart, *((int(one.max()) - int(one.min())) * weight / 255 for one, weight in zip(channels, WEIGHTS, strict=True))
        )

    def against(self, window: Window, usual: Window) -> Grey:
        """How much each place of a window differs from what is usual in another: the colour of the paper there."""
        apart: Grey = np.abs(self.grey[window] - np.median(self.grey[usual]))
        if self.colours is None:
            return apart
        for channel, weight in enumerate(WEIGHTS):
            level = float(np.median(self.colours[(*usual, channel)]))
            apart = np.maximum(apart, np.abs(self.colours[(*window, channel)] - np.float32(level)) * np.float32(weight / 255))
        return apart

    def clearest(self, window: Window) -> Grey:
        """A part of it in grey, or in the one colour that shows most there."""
        part = self.grey[window]
        if self.colours is None or not part.size:
            return part
        parts: list[Grey] = [part]
        parts += [np.asarray(self.colours[(*window, channel)], np.float32) / np.float32(255) for channel in range(len(WEIGHTS))]
        shows = [float(one.std()) * weight for one, weight in zip(parts, (1.0, *WEIGHTS), strict=True)]
        best = max(range(len(parts)), key=shows.__getitem__)
        return parts[best] if shows[best] > 1.5 * shows[0] else part


@dataclass(frozen=True, slots=True)
class Look:
    """A page as it is drawn, and how its points become pixels."""

    shown: DrawnPage  # as a reader sees it, with annotations and form fields
    scale: float  # pixels a point
    left: float  # of the page, in points
    top: float
    unit: float = 1.0  # points of paper to a point of the page (ISO 32000-2, 7.7.3.3: UserUnit)

    @property
    def seen(self) -> Grey:
        """The brightness, 0..1."""
        return self.shown.grey

    def pixels(self, box: Box) -> Box:
        """Left, top, right and bottom of a box, in pixels."""
        return (
            (box[0] - self.left) * self.scale,
            (self.top - box[3]) * self.scale,
            (box[2] - self.left) * self.scale,
            (self.top - box[1]) * self.scale,
        )

    def window(self, box: Box, margin: float) -> Window:
        """The rows and columns of a box with a margin in pixels."""
        left, top, right, bottom = self.pixels(box)
        height, width = self.seen.shape
        return (
            slice(min(height, max(0, int(top - margin))), min(height, max(0, ceil(bottom + margin)))),
            slice(min(width, max(0, int(left - margin))), min(width, max(0, ceil(right + margin)))),
        )


def look_at(page: Any, scale: float, unit: float = 1.0, in_colour: bool = True) -> Look:
    """Draw a page as a reader sees it; in colour only when asked and when there is any."""
    scale = min(scale, (MAX_PIXELS / max(page.get_width() * page.get_height(), 1.0)) ** 0.5)
    shown = drawn(page, scale, forms=True, in_colour=in_colour)
    return Look(shown if _has_colour(shown) else DrawnPage(shown.grey), scale, *upper_left(page), unit)


def drawn(page: Any, scale: float, forms: bool, in_colour: bool) -> DrawnPage:
    """A page with or without annotations and form fields."""
    how = {"scale": scale, "may_draw_forms": forms, "draw_annots": forms}
    grey = page.render(grayscale=True, **how).to_numpy()
    brightness: Grey = np.asarray(grey.reshape(grey.shape[:2]), dtype=np.float32) / np.float32(255)
    return DrawnPage(brightness, page.render(**how).to_numpy()[..., :3] if in_colour else None)


def _has_colour(shown: DrawnPage) -> bool:
    if shown.colours is None:
        return False
    blue, green, red = (shown.colours[..., channel] for channel in range(len(WEIGHTS)))
    return not (np.array_equal(blue, green) and np.array_equal(green, red))


def is_inked(look: Look, box: Box) -> bool:
    """Whether something like writing is to be seen in a box."""
    part = look.seen[look.window(box, 0)]
    if not part.size:
        return False
    dark = float((np.abs(part - np.median(part)) > 2 * FAINT).mean())
    return 0.02 < dark < 0.5
