"""Benchmarks/RESULTS.md: what run.py writes, then one section for each of the other scripts."""

import pathlib

FILE = pathlib.Path(__file__).resolve().parent / "RESULTS.md"


def _parts():
    text = FILE.read_text() if FILE.exists() else ""
    head, *sections = text.split("\n## ")
    return head, {section.split("\n", 1)[0]: section.split("\n", 1)[1] for section in sections}


def _write(head, sections):
    parts = [head] + [f"## {title}\n\n{body.strip()}" for title, body in sections.items()]
    FILE.write_text("\n\n".join(part.strip() for part in parts) + "\n")


def write_head(lines):
    """Replaces what stands before the first section."""
    _write("\n".join(lines), _parts()[1])


def write_section(title, lines):
    """Replaces the section, or adds it at the end."""
    head, sections = _parts()
    sections[title] = "\n".join(lines)
    _write(head, sections)
    print(f"\n## {title}\n")
    print("\n".join(lines))
