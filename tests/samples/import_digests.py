"""Digests of the import of every sample: `python -m tests.samples.import_digests [DIR]`, then compare with import-digests.txt.

Run it before and after a change of the import: each line that differs must be an improvement or intended. With DIR, it also
writes the issues and reports there, to compare two versions with `diff -r`. If MAILROOM_TEST_SEED names a file, it is included.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from composer.importing.importer import import_file
from tests.samples import make_documents, make_faulty_texts, mutated

HERE = Path(__file__).resolve().parent
MAKERS = {"docx": mutated.make_word, "html": mutated.make_page, "md": mutated.make_markdown, "pdf": mutated.make_pdf}
MUTANTS = {"docx": 8, "html": 8, "md": 8, "pdf": 3}


def sample_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yields (name, file) of every committed and every generated sample; `folder` is for the generated ones."""
    for path in sorted([*(HERE / "texts").glob("*.txt"), *(HERE / "documents").glob("sample*.*")]):
        yield path.name, path
    if seed := os.environ.get("MAILROOM_TEST_SEED"):
        yield "real-text", Path(seed)
    example = make_documents.load_example()
    for number in range(50):
        path = folder / f"faulty-{number}.txt"
        path.write_text(make_faulty_texts.make_faulty_text(example, number).text, encoding="utf-8")
        yield f"generated {path.name}", path
    for ending, make in MAKERS.items():
        for number in range(MUTANTS[ending]):
            mutant = make(example, number)
            path = folder / f"{ending}-{number}" / f"mutant-{number}.{ending}"
            path.parent.mkdir()
            for name, data in {path.name: mutant.data, **mutant.files}.items():
                (path.parent / name).parent.mkdir(exist_ok=True)
                (path.parent / name).write_bytes(data)
            yield f"generated {path.name}", path


def digests(copies: Path | None = None) -> Iterator[str]:
    """Yields one line for each sample: the digests of its issue, its report, and its pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in sample_files(Path(folder)):
            done = import_file(path, tracked="accept" if path.suffix == ".docx" else None)
            pictures = b"".join(picture.encode() + data for picture, data in sorted(done.pictures.items()))
            if copies is not None:
                (copies / f"{name}.issue.md").write_text(done.issue_md, encoding="utf-8")
                (copies / f"{name}.report.txt").write_text(done.report, encoding="utf-8")
            texts = (done.issue_md.encode(), done.report.encode(), pictures)
            yield f"{name}: " + " ".join(hashlib.sha256(text).hexdigest()[:16] for text in texts)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True)
    print("\n".join(digests(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
