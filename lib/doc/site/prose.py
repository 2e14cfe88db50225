# SPDX-License-Identifier: BSL-1.0
"""Comments of headers as reStructuredText, with links to the symbols that they name."""
import re

# Names that are also words: linked only as `Name::member`.
WORDS = {"Access", "Error", "Inventory", "Key", "Lifetime", "Mapping", "Message", "Moment", "Name",
         "Object", "Release", "Removal", "Selection", "Signal", "Users"}
LISTED = re.compile(r"(- |\* |\d+\. )")


class Links:
    """Where names lead: symbols by their full name, "crex::Semaphore::acquire"."""

    def __init__(self, role, paths):
        self.role = role
        self.paths = paths
        heads = {path.rpartition("::")[2] for path in paths}
        self.pattern = re.compile(
            r"\b(?:(?:\w+::)*(?:" + "|".join(sorted(map(re.escape, heads), key=len, reverse=True)) +
            r"))\b(?:\(\))?")

    def target(self, name, scope):
        """What `name` means inside `scope`: as the compiler looks it up."""
        bare = name.removesuffix("()")
        while True:
            path = f"{scope}::{bare}" if scope else bare
            if path in self.paths:
                return path
            if not scope:
                return None
            scope = scope.rpartition("::")[0]

    def is_plain_word(self, name):
        return name in WORDS or not (name.endswith("()") or "::" in name or
                                     re.match(r"[A-Z]\w*[a-z]\w*[A-Z]|[A-Z][a-z]+$|crex_|CREX_",
                                              name))


def rst(comment, links, scope):
    """The comment's paragraphs, lists and indented code."""
    return "\n\n".join(block(lines, links, scope) for lines in blocks(comment)) + "\n"


def blocks(comment):
    found = [[]]
    for line in comment.split("\n"):
        indented = line.startswith("    ")
        was_indented = bool(found[-1]) and found[-1][-1].startswith("    ")
        begins = not line or indented != was_indented or is_item(line)
        # What is indented below an item belongs to it.
        if line and indented and found[-1] and is_item(found[-1][0]):
            begins = False
        if begins and found[-1]:
            found.append([])
        if line:
            found[-1].append(line)
    return [lines for lines in merged_code(found) if lines]


def is_item(line):
    return LISTED.match(line) is not None


def is_table(lines):
    return all(re.match(r"[\w, ]+? {2,}\S|  +", line) for line in lines) and len(lines) > 1


def merged_code(found):
    """Code with empty lines in it is one block."""
    result = []
    for lines in found:
        code = bool(lines) and lines[0].startswith("    ")
        if code and result and result[-1] and result[-1][0].startswith("    "):
            result[-1] += ["", *lines]
        else:
            result.append(lines)
    return result


def block(lines, links, scope):
    if lines[0].startswith("    ") or is_table(lines):
        language = "none" if is_table(lines) else "cpp"
        code = "\n".join("   " + line.removeprefix("    ") for line in lines)
        return f".. code-block:: {language}\n   :force:\n\n{code}"
    if is_item(lines[0]):
        return "\n".join([inline(lines[0], links, scope),
                          *("  " + inline(line.strip(), links, scope) for line in lines[1:])])
    text = inline("\n".join(lines), links, scope)
    return re.sub(r"^(Threads|Fork|Order|Errors|Handles|Timeouts|What it does not do)\b(?=:| and)",
                  r"**\1**", text)


def inline(text, links, scope):
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"`{part}`" if part.startswith("`") else linked(part, links, scope)
                   for part in parts)


def linked(text, links, scope):
    result, end = [], 0
    for match in links.pattern.finditer(text):
        name = match[0]
        target = links.target(name, scope)
        if target is None or links.is_plain_word(name) or target == scope:
            continue
        result += [escaped(text[end:match.start()]), f":{links.role}:`{name} <{target}>`",
                   "\\ " if text[match.end():match.end() + 1].isalnum() else ""]
        end = match.end()
    return "".join(result) + escaped(text[end:])


def escaped(text):
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    text = re.sub(r"(?<!\w)\*(?!\w+\*)", r"\\*", text)
    text = re.sub(r"\*(?=\w+\*)|(?<=\w)\*", lambda m: m[0], text)
    return re.sub(r"(\w)_(?!\w)", r"\1\\_", text)
