"""ONNX Runtime reports to its makers unless it is told not to before it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.search.e5 import encoder as e5
from tests.conftest import ROOT, need
from triage.documents import ocr

# Says of each process whether the switch was on when ONNX Runtime was looked for; "sitecustomize" runs before anything else.
WITNESS = """
import importlib.abc, os, sys
class Witness(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "onnxruntime":
            with open(SEEN, "a") as file:  # the child that opens files is handed no environment of ours
                file.write(os.environ.get("ORT_DISABLE_TELEMETRY", "off") + "\\n")
sys.meta_path.insert(0, Witness())
"""
VECTORS = "from kb.search.e5 import encoder; encoder.shared().query('hallo')"
SCAN = """
import io
from PIL import Image
from triage.documents.ocr import read_scan
page = io.BytesIO()
Image.new("L", (300, 400), 255).save(page, "PDF")
assert read_scan("scan.pdf", page.getvalue()) is not None
"""


@pytest.mark.parametrize(
    ("code", "installed"), [pytest.param(VECTORS, e5.installed, id="vectors"), pytest.param(SCAN, ocr.installed, id="scan")]
)
def test_it_is_told_before_it_is_loaded_and_keeps_no_file_for_its_makers(code: str, installed: object, tmp_path: Path) -> None:
    need(callable(installed) and bool(installed()), "the extra")
    witness = f"SEEN = {str(tmp_path / 'seen')!r}\n{WITNESS}"
    (tmp_path / "sitecustomize.py").write_text(witness, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    environment |= {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, check=True, timeout=300)
    assert set((tmp_path / "seen").read_text(encoding="utf-8").split()) == {"1"}
    assert not [path for path in home.rglob("*") if "onnxruntime" in path.name.lower()]
