# SPDX-License-Identifier: BSL-1.0
"""Fails if a link of the built site leads to a page, picture or anchor that does not exist.

    check_links.py HTML

Links to other sites cannot be followed without a network. They are counted, and printed with -v.
"""
import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src", "data") and value:
                self.links.append(value)


def main(root, verbose):
    pages = {path: Page(path) for path in root.rglob("*.html")}
    faults, external, local = [], set(), 0
    for path, page in sorted(pages.items()):
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                external.add(link)
                continue
            local += 1
            target = (path.parent / urllib.parse.unquote(parts.path or path.name)).resolve()
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.exists():
                faults.append(f"{path.relative_to(root)}: {link}: no such file")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                faults.append(f"{path.relative_to(root)}: {link}: no such place in that page")
    print("\n".join([*faults, *(sorted(external) if verbose else [])]))
    print(f"{len(pages)} pages, {local} links within the site, {len(faults)} broken; "
          f"{len(external)} to other sites, not followed")
    return 1 if faults or len(pages) < 50 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), "-v" in sys.argv))
