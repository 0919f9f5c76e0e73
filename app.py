"""The front door: the ASGI app that `streamlit run app.py` and `wegwijzer serve` both start."""

from triage.server import make_app

app = make_app()
