# SPDX-License-Identifier: BSL-1.0
"""Comments of headers as reStructuredText, with links to the symbols that they name."""
import re
import textwrap

# Names that are also words: linked only as `Name::member`.
WORDS = {"Access", "Error", "Inventory", "Key", "Lifetime", "Mapping", "Message", "Moment", "Name",
         "Object", "Release", "Removal", "Selection", "Signal", "Users"}
ITEM = re.compile(r"(- |\* |\d+\. )")
ROW = re.compile(r"([\w:,.()' ]*?[\w.)]) {2,}(\S.*)")  # of a table: a term, and what it means


class Links:
    """Where names lead: symbols by their full name, "crex::Semaphore::acquire", and headers."""

    def __init__(self, role, paths, pages):
        self.role = role
        self.paths = paths
        self.pages = pages
        heads = sorted({re.escape(path.rpartition("::")[2]) for path in paths}, reverse=True)
        self.pattern = re.compile(
            r"\b(?:[\w/]+\.hp*|(?:\w+::)*(?:" + "|".join(heads) + r"))\b(?:\(\))?")

    def link(self, name, scope):
        """The role that shows `name` as a link; empty when it is none."""
        if name in self.pages:
            return f":doc:`{name} </{self.pages[name]}>`"
        target = self.target(name, scope)
        if target is None or self.is_plain_word(name) or target == scope:
            return ""
        return f":{self.role}:`{name} <{target}>`"

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
    """The comment's paragraphs, lists, tables and indented code."""
    return "\n\n".join(block(lines, links, scope) for lines in blocks(comment)) + "\n"


def blocks(comment):
    """Paragraphs. Code with empty lines in it is one; each item of a list is one."""
    result = []
    for paragraph in re.split(r"\n\n+", comment) if comment else []:
        lines = paragraph.split("\n")
        if is_code(lines) and result and is_code(result[-1]):
            result[-1] += ["", *lines]
            continue
        for number, line in enumerate(lines):
            if number == 0 or ITEM.match(line):
                result.append([])
            result[-1].append(line)
    return result


def is_code(lines):
    return all(line.startswith("    ") for line in lines if line) and not rows(lines)


def rows(lines):
    """The rows of a table, or nothing: terms, and what they mean, in a column of their own."""
    lines = textwrap.dedent("\n".join(lines)).split("\n")
    result = []
    for line in lines:
        if match := ROW.fullmatch(line):
            result.append([match[1], match[2]])
        elif result and line.startswith("     "):
            result[-1][1] += "\n" + line.strip()
        else:
            return []
    return result if len(result) > 1 else []


def block(lines, links, scope):
    if table := rows(lines):
        return "\n".join(f"``{term}``\n   " + inline(text, links, scope).replace("\n", "\n   ")
                         for term, text in table)
    if is_code(lines):
        return ".. code-block:: cpp\n   :force:\n\n" + textwrap.indent(
            textwrap.dedent("\n".join(lines)), "   ")
    if ITEM.match(lines[0]):
        return "\n".join([inline(lines[0], links, scope),
                          *("  " + inline(line.strip(), links, scope) for line in lines[1:])])
    text = inline("\n".join(lines), links, scope)
    return re.sub(r"^(Threads|Fork|Order|Errors|Handles|What (?:a kill|it does not) do(?:es)?|"
                  r"What is promised)\b(?=:| and)", r"**\1**", text)


def inline(text, links, scope):
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"`{part}`" if part.startswith("`") else linked(part, links, scope)
                   for part in parts)


def linked(text, links, scope):
    result, end = [], 0
    for match in links.pattern.finditer(text):
        if link := links.link(match[0], scope):
            after = "\\ " if text[match.end():match.end() + 1].isalnum() else ""
            result += [escaped(text[end:match.start()]), link, after]
            end = match.end()
    return "".join(result) + escaped(text[end:])


def escaped(text):
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    parts = re.split(r"((?<!\w)\*\w[\w ]*\*(?!\w))", text)  # *emphasised*
    text = "".join(part if number % 2 else part.replace("*", "\\*")
                   for number, part in enumerate(parts))
    return re.sub(r"(\w)_(?!\w)", r"\1\\_", text)
