# SPDX-License-Identifier: BSL-1.0
"""Collects what the site is made of: the pages of the tree, as they are, and the reference.

    stage.py ROOT OUT [--man DIRECTORY] [--python DIRECTORY]

The pages keep their places, so links between them lead to the same pages as in the tree. A link
to a header leads to its page of the reference, one to another file to a page with its text.
"""
import argparse
import pathlib
import re
import shutil

import manual
import python_reference
import reference

PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "lib/*.md", "lib/doc/*.md",
         "test/crash/README.md"]
LINK = re.compile(r"(\]\()(?!https?:|#|mailto:)([^)#\s]+)((?:#[^)]*)?\))")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("root", type=pathlib.Path)
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("--man", type=pathlib.Path, required=True)
    options.add_argument("--python", type=pathlib.Path, required=True)
    given = options.parse_args()
    root = given.root.resolve()
    shutil.rmtree(given.out, ignore_errors=True)
    shown = pages(root, given.out)
    write(given.out / "index.md", front(root))
    for path in {path for found in shown for path in found}:
        write(given.out / f"{path}.rst", listing(root, path))
    shutil.copytree(root / "lib/doc/pictures", given.out / "lib/doc/pictures")
    reference.write(root, given.out)
    python_reference.write(root, given.python, given.out / "reference/python")
    manual.write(given.man, given.out / "reference/man")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def found(root):
    return sorted({path for pattern in PAGES for path in root.glob(pattern)})


def pages(root, out):
    """Copies the pages; the results are the files to which each links."""
    for path in found(root):
        text, files = with_links(path.read_text(encoding="utf-8"), path, root)
        write(out / path.relative_to(root), text)
        yield files


def with_links(text, page, root):
    """The text, with links that lead to pages of the site."""
    files = set()

    def target(match):
        file = (page.parent / match[2]).resolve()
        path = str(file.relative_to(root))
        if match[2].endswith((".md", ".svg", ".png")):
            return match[0]
        if path.startswith("lib/include/"):
            shown = reference.page_of(path.removeprefix("lib/include/"))
            return f"{match[1]}/{shown}.rst{match[3]}"
        files.add(path)
        return f"{match[1]}/{path}.rst)"
    return LINK.sub(target, text), files


def front(root):
    """The front page stands at the top. A page in none of its lists gets into a last one."""
    text = (root / "lib/doc/site/index.md").read_text(encoding="utf-8")
    paths = (path.relative_to(root).with_suffix("") for path in found(root))
    if more := [f"/{path}" for path in paths if not re.search(rf"/{path}\b", text)]:
        text += "\n".join(["", "```{toctree}", ":hidden:", ":caption: More", "", *more, "```", ""])
    text = text.replace("{include} ../../../README.md", "{include} README.md")
    return text.replace("](../../../", "](").replace("](../", "](lib/doc/")


def listing(root, path):
    languages = {".cpp": "cpp", ".hpp": "cpp", ".py": "python"}
    language = languages.get(pathlib.Path(path).suffix, "none")
    text = (root / path).read_text(encoding="utf-8")
    title = pathlib.Path(path).name.capitalize() if "/" not in path else path
    lines = "\n".join("   " + line for line in text.split("\n"))
    return f":orphan:\n\n{title}\n{'=' * len(title)}\n\n.. code-block:: {language}\n\n{lines}\n"


if __name__ == "__main__":
    main()
