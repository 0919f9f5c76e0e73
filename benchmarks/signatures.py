"""Our four answers about a signature beside those of pyHanko's own command line, on real and on made PDFs.

    python benchmarks/signatures.py [--data ../shared/data/pdf]

The command line is `pyhanko sign validate --pretty-print --no-strict-syntax --no-revocation-check` (package pyhanko-cli, part of
the `dev` extra), run in this process. Both get the same roots: every self-signed certificate found in the signatures themselves,
the most trusting installation there can be. Ours opens files in its sandbox and looks for revocation without network.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import logging
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.forms import altered_after_signing, blank_form, filled_form, identity, pem, signed  # noqa: E402
from tests.make_demo import MEERPAAL  # noqa: E402
from triage.verify.signature.signature import check_signature  # noqa: E402
from triage.verify.signature.trust import Trust  # noqa: E402

ABSENT = "pyHanko's command line is not installed (pip install pyhanko-cli): nothing to compare with."
QUESTIONS = ("intact", "trusted", "covers whole", "changed after")


@dataclass(frozen=True)
class Answers:
    """The four answers about one signature; None where a checker refused to give one."""

    intact: bool | None
    trusted: bool | None
    whole: bool | None
    changed: bool | None

    def __str__(self) -> str:
        return "".join({True: "y", False: "n", None: "-"}[a] for a in (self.intact, self.trusted, self.whole, self.changed))


def installed() -> bool:
    """Whether pyHanko's command line is there."""
    return importlib.util.find_spec("pyhanko.cli") is not None


def ours(path: Path, roots: Path) -> list[Answers]:
    """What we say about each signature; [] when we see none."""
    report = check_signature(path.read_bytes(), Trust(roots))
    if report.kind == "geen":
        return []
    each = report.signatures or (report,)
    return [Answers(one.intact, one.trusted, one.covers_whole_document, one.changed_after_signing) for one in each]


def command_line(path: Path, roots: Path) -> tuple[list[Answers], str]:
    """What pyHanko's command line says about each signature, and the message with which it gave up, if it did."""
    output, gave_up = _run(path, roots, "--pretty-print")
    return [_read(text) for text in re.split(r"^Field \d+: ", output, flags=re.MULTILINE)[1:]], gave_up


def only_bytes_after_the_end(path: Path, roots: Path) -> bool:
    """Whether pyHanko sees bytes after the signed part that change nothing (its level NONE).

    The pretty print has no words for that and says "Some modifications may be illegitimate"; the short summary tells them apart.
    """
    return "EXTENDED_WITH_NONE" in _run(path, roots)[0]


def _run(path: Path, roots: Path, *more: str) -> tuple[str, str]:
    """The output of the command line, and why it gave up."""
    from click.testing import CliRunner
    from pyhanko.cli import cli_root

    trust = [argument for root in sorted(roots.glob("*.pem")) for argument in ("--trust", str(root))]
    options = [*more, "--password", "", "--no-strict-syntax", "--no-revocation-check", "--trust-replace", *trust]
    logging.disable(logging.CRITICAL)
    try:
        result = CliRunner().invoke(cli_root, ["sign", "validate", *options, str(path)], input="\n")
    finally:
        logging.disable(logging.NOTSET)
    error = re.search(r"^Error: (?!Validation failed)(.*)", result.output, flags=re.MULTILINE)
    gave_up = error.group(1) if error else type(result.exception).__name__ if _crashed(result.exception) else ""
    return result.output, gave_up


def _crashed(exception: BaseException | None) -> bool:
    return exception is not None and not isinstance(exception, SystemExit)


def _read(text: str) -> Answers:
    if "An error occurred while validating" in text:
        return Answers(None, None, None, None)
    whole = "covers the entire file" in text
    return Answers(
        intact="cryptographically sound" in text,
        trusted="The signer's certificate is trusted." in text,
        whole=whole,
        changed=not whole and "signature maintenance" not in text,
    )


def compare(path: Path, roots: Path) -> tuple[list[Answers], list[Answers], str]:
    """Our answers, theirs, and why they are not alike: "" when they are, with "!" in front when it can not be explained."""
    mine, (theirs, gave_up) = ours(path, roots), command_line(path, roots)
    if gave_up and not theirs:
        refused = not any(answer.intact for answer in mine)
        return mine, theirs, f"{'' if refused else '!'}the command line gave up: {gave_up[:90]}"
    if mine == theirs:
        return mine, theirs, ""
    if len(mine) == len(theirs):
        if all(_agree(a, b) for a, b in zip(mine, theirs, strict=True)):
            return mine, theirs, "the command line refused to judge; ours says not intact"
        tail = [replace(b, changed=False) if not b.whole else b for b in theirs]
        if mine == tail and only_bytes_after_the_end(path, roots):
            return mine, theirs, "bytes after the end that change nothing: not whole, and a person looks"
        if [replace(a, whole=False) if not a.changed else a for a in mine] == theirs:
            return mine, theirs, "validation data that was added and changes nothing: ours says it covers what was signed"
    return mine, theirs, "!the answers differ"


def _agree(mine: Answers, theirs: Answers) -> bool:
    return mine == theirs or (theirs.intact is None and not mine.intact and not mine.trusted)


def roots_of(paths: Sequence[Path], folder: Path) -> None:
    """Write every self-signed certificate in the signatures of these files to a folder, as PEM."""
    from asn1crypto import pem as armor

    found: dict[bytes, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_self_signed(path.read_bytes())))
    for number, der in enumerate(found):
        (folder / f"root-{number:02}.pem").write_bytes(armor.armor("CERTIFICATE", der))


def _self_signed(data: bytes) -> Iterator[bytes]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            reader.decrypt(b"")
        for signature in reader.embedded_signatures:
            for certificate in [signature.signer_cert, *signature.other_embedded_certs]:
                if certificate.subject == certificate.issuer:
                    yield certificate.dump()
    except (PdfError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError, IndexError):
        return  # a broken file gives no roots


def made(folder: Path, roots: Path) -> list[Path]:
    """Forms as they come in: signed, changed afterwards, signed twice, by a self-made and by an expired certificate."""
    authority = identity("Vertrouwensdienst (fictief)")
    (roots / "made.pem").write_bytes(pem(authority))
    director = identity("Marijke van den Berg", authority)
    full = filled_form(MEERPAAL, blank_form())
    good = signed(full, director)
    files = {
        "made-unsigned": full,
        "made-signed": good,
        "made-changed-field": altered_after_signing(good, "beheerder_email", "x@evil.example"),
        "made-signed-twice": signed(good, identity("Joris Voorbeeld", authority), "tweede"),
        "made-self-made": signed(full, identity("Marijke van den Berg")),
        "made-expired": signed(full, identity("Marijke van den Berg", authority, years=1)),
        "made-cut-short": good[:-400],
        "made-with-tail": good + b"\n% staart\n",
    }
    for name, data in files.items():
        (folder / f"{name}.pdf").write_bytes(data)
    return sorted(folder.glob("made-*.pdf"))


def main() -> int:
    """Print the table; the exit code is 1 when an answer differs without explanation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "pdf")
    data = parser.parse_args().data
    if not installed():
        print(ABSENT)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        roots = Path(folder) / "roots"
        roots.mkdir()
        real = sorted(data.glob("*.pdf"))
        roots_of(real, roots)
        paths = real + made(Path(folder), roots)
        print(
            f"{len(real)} real and {len(paths) - len(real)} made PDFs, {len(list(roots.iterdir()))} roots; answers: {', '.join(QUESTIONS)}\n"
        )
        print(f"{'file':58}{'ours':12}{'pyhanko':12}explanation")
        same = explained = 0
        for path in paths:
            mine, theirs, why = compare(path, roots)
            same += not why
            explained += bool(why) and not why.startswith("!")
            print(f"{path.stem[:56]:58}{' '.join(map(str, mine)) or '.':12}{' '.join(map(str, theirs)) or '.':12}{why}")
    differ = len(paths) - same - explained
    print(f"\n{same} the same, {explained} explained, {differ} different")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main())
