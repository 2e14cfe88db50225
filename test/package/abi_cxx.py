#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compares the binary interface of the shared libcrex with the one that is kept in the tree.

    abi_cxx.py CXX INCLUDE LIBRARY DUMP            fails, and prints the differences, if there are any
    abi_cxx.py CXX INCLUDE LIBRARY DUMP --update   writes the dump

It does for C++ what test/c/abi.py does for C. The dump has the exported symbols, demangled; the
sizes of the public classes and structs, and where the structs' members are (on a 64-bit system);
and the values of enumerators. lib/doc/abi.md says what may change.
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "c"))
from abi import compare, output_of  # noqa: E402  (the path comes first)

TYPE = re.compile(r"(struct|class|enum class) (?:CREX_EXPORT )?(\w+)(?: final)?(?: : [^{;]*)? \{")
MEMBER = re.compile(r"    [\w:<>, *]+ (\w+)(?: = .*|\{.*\})?;")
ENUMERATOR = re.compile(r"    (\w+)(?: = .*)?,?")


def symbols(library):
    names = output_of("nm", "-DC", "--defined-only", library).splitlines()
    return sorted({f"symbol {line.split(' ', 2)[2]}" for line in names})


def public_types(headers):
    """The types in the namespaces crex and crex::sysv: kind, qualified name, lines of the body."""
    for path in sorted(headers.rglob("*.hpp")):
        scopes, before = [], ""  # each scope's name, and the lines of a type's body
        for line in re.sub(r" *//.*", "", path.read_text(encoding="utf-8")).splitlines():
            around = "::".join(name for name, _ in scopes)
            found = TYPE.fullmatch(line)
            if line in ("}", "};"):
                scopes.pop()
            elif scopes and line.startswith(" "):
                scopes[-1][1].append(line)
            elif line.startswith("namespace ") and line.endswith("{"):
                scopes.append((line.split()[1], []))
            elif line.endswith("{"):
                scopes.append((found[2] if found else "function", []))
                is_public = around in ("crex", "crex::sysv") and not before.startswith("template")
                if found and is_public and path.name != "asio.hpp":  # which its user compiles
                    yield found[1], f"{around}::{found[2]}", scopes[-1][1]
            before = line


def prints(kind, name, body):
    """Statements of a program, so that the compiler says how large things are."""
    if kind == "enum class":
        for enumerator in filter(None, map(ENUMERATOR.fullmatch, body)):
            yield f'"enumerator {name}::{enumerator[1]} " << static_cast<long>({name}::{enumerator[1]})'
        return
    yield f'"type {name}: " << sizeof({name}) << " bytes"'
    for member in filter(None, map(MEMBER.fullmatch, body)) if kind == "struct" else ():
        it = f"{name}::{member[1]}"
        yield f'"member {it}: " << sizeof({it}) << " bytes at " << offsetof({name}, {member[1]})'


def layout(compiler, include):
    types = list(public_types(pathlib.Path(include)))
    text = ["#include <crex/crex.hpp>", "#include <crex/inventory.hpp>", "#include <crex/postgres.hpp>",
            "#include <crex/sysv.hpp>",
            "#include <cstddef>", "#include <iostream>", "int main() {"]
    text += [f"std::cout << {each} << '\\n';" for one in types for each in prints(*one)]
    with tempfile.TemporaryDirectory() as directory:
        source, program = f"{directory}/layout.cpp", f"{directory}/layout"
        pathlib.Path(source).write_text("\n".join([*text, "}"]), encoding="utf-8")
        output_of(compiler, "-std=c++20", "-Wno-invalid-offsetof", f"-I{include}", source, "-o", program)
        return output_of(program).splitlines()


def main(compiler, include, library, dump, *update):
    return compare([*symbols(library), *layout(compiler, include)], dump, update)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
