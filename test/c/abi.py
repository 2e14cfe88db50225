#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compares the binary interface of libcrex-c with the one that is kept in the tree.

    abi.py CC INCLUDE LIBRARY DUMP            fails, and prints the differences, if there are any
    abi.py CC INCLUDE LIBRARY DUMP --update   writes the dump

The dump has the exported symbols with their versions, the functions' types, the structs' members
with offsets and sizes (of a 64-bit system), and the constants. A line may be added when something is
added. None may change or go: programs were compiled against it.
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

STRUCT = re.compile(r"typedef struct (crex_\w+) \{(.*?)\} crex_\w+;", re.DOTALL)
FUNCTION = re.compile(r"[\w* ]*\bcrex_\w+\((?:[^()]|\([^()]*\))*\)(?=;)")
MEMBER = re.compile(r"(\w+)\s*;")
MACRO = re.compile(r"#define (CREX_\w+) (.+)")
ATTRIBUTES = re.compile(r"__attribute__\(\((?:visibility\(\"default\"\)|noplt)\)\)")
COMPUTED = {"CREX_C_EXPORT", "CREX_C_NOPLT"}


def output_of(*command, text=None):
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


def spaced(text):
    return re.sub(r" ?\* ?", "* ", " ".join(text.split()))


def symbols(library):
    for line in output_of("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":
            yield f"symbol {name}"


def functions(header):
    header = ATTRIBUTES.sub("", STRUCT.sub("", header))
    for found in FUNCTION.findall(header):
        yield f"function {spaced(found)}"


def layout(header, compiler, include):
    """A program prints it, so that the compiler says where a member is."""
    lines = ["#include <crex.h>", "#include <stdio.h>", "int main(void) {"]
    for name, body in STRUCT.findall(header):
        lines.append(f'printf("struct {name}: %zu bytes\\n", sizeof({name}));')
        for member in MEMBER.findall(body):
            lines.append(f'printf("struct {name}.{member}: %zu bytes at %zu\\n", '
                         f"sizeof((({name}*)0)->{member}), offsetof({name}, {member}));")
    lines.append("}")
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/layout"
        output_of(compiler, "-std=c11", f"-I{include}", "-x", "c", "-", "-o", program, text="\n".join(lines))
        return output_of(program).splitlines()


def constants(compiler, include):
    defined = output_of(compiler, "-std=c11", f"-I{include}", "-dM", "-E", "-x", "c", "-", text="#include <crex.h>\n")
    for name, value in MACRO.findall(defined):
        if name not in COMPUTED:
            yield f"constant {name} {spaced(value)}"


def interface(compiler, include, library):
    header = output_of(compiler, "-std=c11", f"-I{include}", "-E", "-P", "-x", "c", "-", text="#include <crex.h>\n")
    lines = [*sorted(symbols(library)), *sorted(functions(header)),
             *layout(header, compiler, include), *sorted(constants(compiler, include))]
    exported = {line.split()[1].split("@")[0] for line in lines if line.startswith("symbol")}
    declared = {re.search(r"\b(crex_\w+)\(", line).group(1) for line in lines if line.startswith("function")}
    if exported != declared:
        sys.exit(f"declared or exported only: {sorted(exported ^ declared)}")
    return lines


def compare(lines, dump, update):
    now = [line + "\n" for line in lines]
    path = pathlib.Path(dump)
    if update:
        path.write_text("".join(now), encoding="utf-8")
        return 0
    kept = path.read_text(encoding="utf-8").splitlines(keepends=True)
    differences = list(difflib.unified_diff(kept, now, "kept", "now", n=0))
    sys.stdout.writelines(differences)
    print(f"{len(now)} lines, {len(differences)} lines of differences")
    return 1 if differences else 0


def main(compiler, include, library, dump, *update):
    return compare(interface(compiler, include, library), dump, update)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
