"""How long a command takes as a whole process, from the shell to the prompt, beside `python -c pass`.

    python benchmarks/startup.py [--runs 5] [--against FOLDER]

Each command runs a number of times in turn, in a working folder of its own; printed are the first run (cold: nothing of it was
loaded before in this folder) and the median of the others (warm), in seconds. `--against` takes a checkout of another version,
whose commands run in the same turns, with the same interpreter. The model and the first database are made before anything is timed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
MAIL = ROOT / "data" / "demo" / "mail"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "--help": ["-m", "triage.cli", "--help"],
    "user add": ["-m", "triage.cli", "user", "add"],
    "search": ["-m", "triage.cli", "search", "ww vergeten"],
    "classify one mail": ["-m", "triage.cli", "classify", str(sorted(MAIL.glob("*.eml"))[0])],
}


def seconds(tree: Path, folder: Path, name: str, number: int) -> float:
    """How long one command takes."""
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "WEGWIJZER_VAR_DIR": str(folder),
        "WEGWIJZER_NEW_PASSWORD": "een-lang-wachtwoord",
    }
    more = [f"medewerker {'abcdefghijklmnop'[number]}{'qrstuvwxyz'[number % 10]}"] if name == "user add" else []
    start = time.perf_counter()
    subprocess.run([sys.executable, *COMMANDS[name], *more], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, help="a checkout of another version")
    options = parser.parse_args()
    trees = {"this version": ROOT} | ({"the other": options.against.resolve()} if options.against else {})
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place, name.replace(" ", "-")) for name in trees}
        for folder in folders.values():
            folder.mkdir()
        print(f"{'seconds':20}" + "".join(f"{f'{name}, {kind}':>24}" for name in trees for kind in ("first", "median")))
        times: dict[str, dict[str, list[float]]] = {command: {name: [] for name in trees} for command in COMMANDS}
        for command in COMMANDS:
            for number in range(options.runs + 1):
                for name, tree in trees.items():
                    times[command][name].append(seconds(tree, folders[name], command, number))
            told = "".join(f"{taken[0]:24.2f}{median(taken[1:]):24.2f}" for taken in times[command].values())
            print(f"{command:20}{told}", flush=True)
        for name, folder in folders.items():
            models = [*folder.glob("model*.npz")]
            print(f"model file, {name}: {sum(model.stat().st_size for model in models) / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
