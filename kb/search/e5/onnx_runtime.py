"""ONNX Runtime computes here and tells nobody: its wheels report to Microsoft unless told not to, on Linux too."""

from __future__ import annotations

import os

SWITCH = "ORT_DISABLE_TELEMETRY"  # read by the library when it is loaded, so it must be there before any import of it


def silence_onnx_runtime() -> None:
    """Turn its telemetry off in this process and those it starts; call it before the first import of ONNX Runtime."""
    os.environ[SWITCH] = "1"
