"""How long a command takes as a whole process, from the shell to the prompt, beside `python -c pass`.

    python benchmarks/startup.py [--runs 5] [--against FOLDER] [--model FILE] [--only COMMAND ...]

Each command runs a number of times in turn, in a working folder of its own; printed are the first run (cold: nothing of it was
loaded or kept in this folder; that of `user add` makes the database) and the median of the others (warm), in seconds by the clock and
of processor time, its own and that of the system. On a machine that does other work too only the second can be compared. `--against`
takes a checkout of another version, whose commands run in the same turns, with the same interpreter; the last column is what this
version needs for each second of the other. `--model` is a trained model for both; without it each trains one, which takes minutes and is
not timed. Not for Windows, which does not tell the processor time of a process that ended.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
MAIL = ROOT / "data" / "demo" / "mail"
CLASSIFY = "classify one mail"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "help": ["-m", "triage.cli", "--help"],
    "user add": ["-m", "triage.cli", "user", "add"],
    "search": ["-m", "triage.cli", "search", "ww vergeten"],
    CLASSIFY: ["-m", "triage.cli", "classify", str(sorted(MAIL.glob("*.eml"))[0])],
}


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    seconds: float  # by the clock
    processor: float  # seconds, of the process and of the system for it


@dataclass(frozen=True)
class Version:
    """A checkout with a working folder of its own."""

    name: str
    tree: Path
    folder: Path

    def run(self, command: str, number: int) -> Run:
        """Run a command for the `number`th time."""
        environment = os.environ | {
            "PYTHONPATH": str(self.tree),
            "WEGWIJZER_VAR_DIR": str(self.folder),
            "WEGWIJZER_NEW_PASSWORD": "een-lang-wachtwoord",
        }
        more = [f"medewerker {'abcdefghijklmnop'[number]}{'qrstuvwxyz'[number % 10]}"] if command == "user add" else []
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, *COMMANDS[command], *more], cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return Run(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def make_model(self, model: Path | None) -> None:
        """See to it that classifying finds a trained model."""
        if model:
            shutil.copy(model, self.folder / "model.npz")
        else:
            self.run(CLASSIFY, 0)


def told(command: str, runs: list[list[Run]]) -> str:
    """A line of the table: the runs of each version, this one first."""
    cells, warm = [], []
    for first, *others in runs:
        warm.append(median(run.processor for run in others))
        cells += [first.seconds, first.processor, median(run.seconds for run in others), warm[-1]]
    ratio = f"{warm[0] / warm[1]:10.2f}" if len(warm) > 1 else ""
    return f"{command:20}" + "".join(f"{cell:10.2f}" for cell in cells) + ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, help="a checkout of another version")
    parser.add_argument("--model", type=Path, help="a trained model that every version can read")
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), default=list(COMMANDS), help="the commands to measure")
    options = parser.parse_args()
    trees = {"this version": ROOT} | ({"the other": options.against.resolve()} if options.against else {})
    with tempfile.TemporaryDirectory() as place:
        versions = [Version(name, tree, Path(place, name.replace(" ", "-"))) for name, tree in trees.items()]
        for version in versions:
            version.folder.mkdir()
        print(f"{'':20}" + "".join(f"{version.name:>40}" for version in versions))
        print(f"{'seconds':20}" + "".join(f"{kind:>10}" for _ in versions for kind in ("cold", "processor", "warm", "processor")))
        for command in options.only:
            if command == CLASSIFY:
                for version in versions:
                    version.make_model(options.model)
            runs = [[version.run(command, number) for version in versions] for number in range(options.runs + 1)]
            print(told(command, [list(own) for own in zip(*runs, strict=True)]), flush=True)
        for version in versions:
            models = [*version.folder.glob("model*.npz")]
            print(f"model file, {version.name}: {sum(model.stat().st_size for model in models) / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
