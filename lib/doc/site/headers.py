# SPDX-License-Identifier: BSL-1.0
"""What the public headers declare and say: their symbols and comments, read with libclang.

    headers.py ROOT    fails, and prints every public symbol that has no comment

A comment (`///` above, `///<` behind) is that of the declaration that follows, and of those that
follow it without a blank line. What a header begins with (`//`, before its first declaration) is
the header's contract.
"""
import dataclasses
import functools
import pathlib
import re
import subprocess
import sys

import clang.cindex
from clang.cindex import AccessSpecifier, CursorKind

TYPES = {CursorKind.CLASS_DECL, CursorKind.STRUCT_DECL, CursorKind.CLASS_TEMPLATE,
         CursorKind.ENUM_DECL}
FUNCTIONS = {CursorKind.FUNCTION_DECL, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR,
             CursorKind.DESTRUCTOR, CursorKind.FUNCTION_TEMPLATE}
OTHERS = {CursorKind.VAR_DECL, CursorKind.FIELD_DECL, CursorKind.ENUM_CONSTANT_DECL,
          CursorKind.TYPE_ALIAS_DECL, CursorKind.TYPEDEF_DECL}


@dataclasses.dataclass
class Symbol:
    kind: CursorKind | None  # None is a macro
    name: str
    scope: str               # "crex::Semaphore"; empty at the top
    text: str                # the declaration as it is written, without a body
    first: int               # lines of the header
    last: int
    comment: str = ""        # its own; that of the group is at the group's first symbol
    special: bool = False    # copies, moves or destroys: said by the class's contract
    members: list = dataclasses.field(default_factory=list)

    @property
    def path(self):
        return f"{self.scope}::{self.name}" if self.scope else self.name


@dataclasses.dataclass
class Header:
    path: str                # "crex/semaphore.hpp"
    contract: str
    symbols: list


def read(root, path):
    """Reads one header of lib/include."""
    file = root / "lib/include" / path
    source = Source(file)
    cursors = parse(root, file.suffix).get(str(file), [])
    symbols = [*macros(cursors, source), *declarations(cursors, file, source, "")]
    symbols.sort(key=lambda symbol: symbol.first)
    return Header(path, source.contract(), symbols)


def groups(symbols):
    """Lists of symbols that share a comment, as they stand."""
    result = []
    for symbol in symbols:
        if symbol.comment or not result or symbol.first > result[-1][-1].last + 1:
            result.append([])
        result[-1].append(symbol)
    return result


def undocumented(symbols):
    for group in groups([symbol for symbol in symbols if not symbol.special]):
        if not group[0].comment:
            yield from group
    for symbol in symbols:
        yield from undocumented(symbol.members)


class Source:
    """The text of a header."""

    def __init__(self, file):
        self.lines = file.read_text(encoding="utf-8").split("\n")

    def contract(self):
        """The longest block of `//` before the first declaration."""
        blocks = [[]]
        for line in self.lines[1:]:
            if line.startswith("// ") or line == "//":
                blocks[-1].append(line[3:])
            elif not re.match(r"#|$|extern|///|namespace \w+(::\w+)* \{$", line):
                break
            elif blocks[-1]:
                blocks.append([])
        return "\n".join(max(blocks, key=len)).strip()

    def above(self, line):
        """The comment that ends above a line."""
        found = []
        while (match := re.match(r"\s*(///? ?(.*)|//$)", self.lines[line - 2])) and line > 1:
            if not self.lines[line - 2].lstrip().startswith("///"):
                if "NOLINT" not in self.lines[line - 2]:
                    break
            else:
                found.append(match[2])
            line -= 1
        return "\n".join(reversed(found)).strip()

    def behind(self, first, last):
        """The comment `///<` behind a declaration, with its following lines."""
        found = []
        for number in range(first - 1, len(self.lines)):
            match = re.search(r"///<\s?(.*)", self.lines[number])
            if match and (number < last or re.match(r"\s*///<", self.lines[number])):
                found.append(match[1])
            elif number >= last:
                break
        return "\n".join(found).strip()

    def comment(self, first, last):
        return self.above(first) or self.behind(first, last)

    def text(self, extent):
        first, last = extent.start, extent.end
        lines = self.lines[first.line - 1:last.line]
        lines[-1] = lines[-1][:last.column - 1]
        lines[0] = lines[0][first.column - 1:]
        return " ".join(line.split("//")[0].strip() for line in lines)


@functools.lru_cache
def parse(root, suffix):
    """What all headers with this suffix declare at the top, by the header's path."""
    language = {".h": ["-x", "c", "-std=c11"], ".hpp": ["-x", "c++", "-std=c++20"]}[suffix]
    found = subprocess.run(["c++", "-print-file-name=include"], capture_output=True, text=True,
                           check=True)
    options = [*language, f"-I{root}/lib/include", "-isystem", found.stdout.strip()]
    # Boost.Asio comes after crex/asio.hpp.
    includes = "".join(f"#include <{path}>\n" for path in paths(root) if path.endswith(suffix))
    unit = clang.cindex.Index.create().parse(
        "all" + suffix, args=options, unsaved_files=[("all" + suffix, includes)],
        options=clang.cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    errors = [each for each in unit.diagnostics if each.severity >= each.Error]
    if errors:
        sys.exit("\n".join(str(each) for each in errors))
    result = {}
    for cursor in unit.cursor.get_children():
        if cursor.location.file is not None:
            result.setdefault(cursor.location.file.name, []).append(cursor)
    return result


def is_of(cursor, file):
    return cursor.location.file is not None and cursor.location.file.name == str(file)


def macros(cursors, source):
    for cursor in cursors:
        if cursor.kind == CursorKind.MACRO_DEFINITION:
            first, last = cursor.extent.start.line, cursor.extent.end.line
            yield Symbol(None, cursor.spelling, "", source.text(cursor.extent), first, last,
                         source.comment(first, last))


def declarations(cursors, file, source, scope):
    for cursor in cursors:
        if not is_of(cursor, file) or is_private(cursor):
            continue
        if cursor.kind == CursorKind.NAMESPACE and cursor.spelling != "detail":
            inner = f"{scope}::{cursor.spelling}" if scope else cursor.spelling
            yield from declarations(cursor.get_children(), file, source, inner)
        elif cursor.kind in (CursorKind.LINKAGE_SPEC, CursorKind.UNEXPOSED_DECL):
            yield from declarations(cursor.get_children(), file, source, scope)
        elif cursor.kind in TYPES | FUNCTIONS | OTHERS and is_shown(cursor):
            yield symbol_of(cursor, file, source, scope)


def is_private(cursor):
    return cursor.access_specifier in (AccessSpecifier.PRIVATE, AccessSpecifier.PROTECTED)


def is_shown(cursor):
    if cursor.kind in TYPES:
        return cursor.is_definition()
    if cursor.kind == CursorKind.TYPEDEF_DECL:  # not beside the definition of a struct
        return not any(child.kind in TYPES and child.is_definition()
                       for child in cursor.get_children())
    return True


def symbol_of(cursor, file, source, scope):
    first, last = cursor.extent.start.line, cursor.extent.end.line
    name = re.sub(r"<.*", "", cursor.spelling)
    comment = source.above(first)
    members = []
    if cursor.kind in TYPES:
        inner = f"{scope}::{name}" if scope else name
        members = [each for each in declarations(cursor.get_children(), file, source, inner)]
    else:
        comment = comment or source.behind(first, last)
    return Symbol(cursor.kind, name, scope, declaration(cursor, source), first, last, comment,
                  is_special(cursor, scope), members)


def is_special(cursor, scope):
    name = scope.rpartition("::")[2]
    if cursor.kind == CursorKind.DESTRUCTOR or cursor.spelling == "operator=":
        return True
    return (cursor.kind == CursorKind.CONSTRUCTOR and
            re.fullmatch(rf"{name}(<.*>)?\((const )?([\w:]+::)?{name}(<.*>)? &&?\)",
                         cursor.displayname) is not None)


def declaration(cursor, source):
    """A declaration without body, attributes and macros."""
    text = source.text(cursor.extent)
    text = re.sub(r"\[\[\w+\]\]|\bCREX_(C_)?EXPORT\b|\binline\b|\bfriend\b", "", text)
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "(<") - (character in ")>" and text[place - 1] != "-")
        begins_body = character == "{" and cursor.kind in TYPES | FUNCTIONS
        is_initialiser = (character == ":" and cursor.kind in FUNCTIONS and
                          "::" not in text[place - 1:place + 2])
        if depth == 0 and (begins_body or is_initialiser or character == ";"):
            text = text[:place]
            break
    return " ".join(text.split())


def paths(root):
    """The public headers that declare something."""
    include = root / "lib/include"
    for file in sorted([*include.rglob("*.hpp"), *include.rglob("*.h")]):
        yield str(file.relative_to(include))


def main(root):
    symbols = missing = 0
    for path in paths(root):
        header = read(root, path)
        for symbol in undocumented(header.symbols):
            print(f"lib/include/{path}:{symbol.first}: {symbol.path} has no comment")
            missing += 1
        if not header.contract and not header.symbols[0].comment:
            print(f"lib/include/{path}: does not begin with what it is for")
            missing += 1
        symbols += count(header.symbols)
    print(f"{symbols} public symbols, {missing} without a comment")
    return 1 if missing or symbols < 500 else 0


def count(symbols):
    return sum(1 + count(symbol.members) for symbol in symbols)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
