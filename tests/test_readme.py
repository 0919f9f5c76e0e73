"""The README is followed literally."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from triage.cli.command_groups import dossier_app, kb_app, register_app, user_app
from triage.cli.commands import app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_and_finds_the_article(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("WEGWIJZER_ENCODER", "none")
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("wachtwoord-vergeten-leerkracht")


def test_every_command_of_the_tour_exists() -> None:
    def names(group: object) -> set[str]:
        return {command.name or command.callback.__name__ for command in group.registered_commands}  # type: ignore[attr-defined]

    groups = {"dossier": names(dossier_app), "kb": names(kb_app), "register": names(register_app), "user": names(user_app)}
    for first, second in re.findall(r"^wegwijzer (\w+) ?(\w*)", README, re.MULTILINE):
        assert second in groups[first] if first in groups else first in names(app)


def test_what_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / target).exists(), target
