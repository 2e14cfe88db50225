# SPDX-License-Identifier: BSL-1.0
"""Writes the command's manual pages as pages of the site, with mandoc."""
import re
import subprocess

PAGE = re.compile(r"\b(crex(?:-[a-z-]+)?)\(1\)")


def write(directory, out):
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(path.stem for path in directory.glob("*.1"))
    for name in names:
        text = html(directory / f"{name}.1", names)
        body = "\n".join("   " + line for line in text.split("\n"))
        (out / f"{name}.rst").write_text(
            f"{name}\n{'=' * len(name)}\n\n.. raw:: html\n\n   <div class=\"man-page\">\n{body}\n"
            "   </div>\n", encoding="utf-8")
    entries = "\n".join(f"   {name}" for name in names)
    (out / "index.rst").write_text(
        "Manual pages of the command\n===========================\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{entries}\n", encoding="utf-8")


def html(page, names):
    made = subprocess.run(["mandoc", "-T", "html", "-O", "fragment", str(page)], check=True,
                          capture_output=True, text=True).stdout
    made = re.sub(r' id="[^"]*"', "", made)
    made = re.sub(r'<a class="permalink"[^>]*>(.*?)</a>', r"\1", made, flags=re.DOTALL)

    def link(match):
        return f'<a href="{match[1]}.html">{match[0]}</a>' if match[1] in names else match[0]
    return PAGE.sub(link, made)
