"""The README is followed literally."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
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

    groups = {group.name: names(group.typer_instance) for group in app.registered_groups if isinstance(group.name, str)}
    single = {name for group in app.registered_groups if not isinstance(group.name, str) for name in names(group.typer_instance)}
    for first, second in re.findall(r"^wegwijzer (\w+) ?(\w*)", README, re.MULTILINE):
        assert second in groups[first] if first in groups else first in single


def test_what_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / target).exists(), target
