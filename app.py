"""The front door of `streamlit run app.py`: the same ASGI app that `wegwijzer serve` starts."""

import streamlit as st

from triage.web.server import SITE, parts

app = st.App(str(SITE), **parts())  # written out: Streamlit reads this file to see whether it holds an app, before running it
