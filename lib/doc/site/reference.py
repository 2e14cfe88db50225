# SPDX-License-Identifier: BSL-1.0
"""Writes the pages of the reference of C++ and of C, one for each public header."""
import dataclasses
import re

from clang.cindex import CursorKind

import headers
import prose

# In this order. A header that is missing here comes last, with its path as title.
TITLES = {
    "crex/crex.hpp": "All of crex",
    "crex/robust_semaphore.hpp": "RobustSemaphore",
    "crex/semaphore.hpp": "Semaphore",
    "crex/shared_memory.hpp": "SharedMemory",
    "crex/message_queue.hpp": "MessageQueue",
    "crex/loan.hpp": "Loan and Lease",
    "crex/ring.hpp": "Ring",
    "crex/asio.hpp": "Boost.Asio",
    "crex/server.hpp": "Server",
    "crex/postgres.hpp": "PostgresServer",
    "crex/inventory.hpp": "Inventory",
    "crex/error.hpp": "Errors",
    "crex/timeout.hpp": "Timeouts",
    "crex/name.hpp": "Names",
    "crex/open_flags.hpp": "Flags for opening",
    "crex/object_id.hpp": "ObjectId",
    "crex/limits.hpp": "Limits",
    "crex/version.hpp": "Version",
    "crex/export.hpp": "Exported symbols",
    "crex/sysv.hpp": "System V",
    "crex/sysv/object.hpp": "sysv::Object",
    "crex/sysv/semaphore.hpp": "sysv::Semaphore",
    "crex/sysv/semaphore_set.hpp": "sysv::SemaphoreSet",
    "crex/sysv/shared_memory.hpp": "sysv::SharedMemory",
    "crex/sysv/message_queue.hpp": "sysv::MessageQueue",
    "crex/sysv/remove_on_destroy.hpp": "sysv::RemoveOnDestroy",
    "crex.h": "All of crex in C",
    "crex/c/base.h": "What all parts share",
    "crex/c/robust_semaphore.h": "crex_robust_semaphore",
    "crex/c/semaphore.h": "crex_semaphore",
    "crex/c/shared_memory.h": "crex_shared_memory, crex_mapping",
    "crex/c/message_queue.h": "crex_message_queue",
    "crex/c/loan.h": "crex_loan",
    "crex/c/lease.h": "crex_lease",
    "crex/c/ring.h": "crex_ring",
}


@dataclasses.dataclass
class Language:
    domain: str
    folder: str
    links: prose.Links
    directives: dict


CPP = {
    None: "c:macro", CursorKind.CLASS_DECL: "cpp:class", CursorKind.CLASS_TEMPLATE: "cpp:class",
    CursorKind.STRUCT_DECL: "cpp:struct", CursorKind.ENUM_DECL: "cpp:enum-class",
    CursorKind.ENUM_CONSTANT_DECL: "cpp:enumerator", CursorKind.VAR_DECL: "cpp:var",
    CursorKind.FIELD_DECL: "cpp:member", CursorKind.TYPE_ALIAS_DECL: "cpp:type",
}
C = {
    None: "c:macro", CursorKind.STRUCT_DECL: "c:struct", CursorKind.FIELD_DECL: "c:member",
    CursorKind.TYPEDEF_DECL: "c:type", CursorKind.FUNCTION_DECL: "c:function",
}


def page_of(path):
    """The page of a header, without suffix: "reference/cpp/semaphore"."""
    folder = "c" if path.endswith(".h") else "cpp"
    name = path.removeprefix("crex/c/").removeprefix("crex/").rsplit(".", 1)[0]
    return f"reference/{folder}/{name.replace('/', '_')}"


# Headers as comments name them: "crex/loan.hpp", and "loan.hpp" where one alone is called so.
PAGES = {path: page_of(path) for path in TITLES}
for _path in TITLES:
    _name = _path.rpartition("/")[2]
    if sum(each.endswith("/" + _name) for each in TITLES) == 1:
        PAGES[_name] = page_of(_path)


def write(root, out):
    for path in headers.paths(root):
        TITLES.setdefault(path, path)
    for is_c in False, True:
        read = [headers.read(root, path) for path in headers.paths(root)
                if path.endswith(".h") == is_c]
        paths = set(all_paths(header.symbols for header in read))
        language = (Language("c", "c", prose.Links("c:member", paths, PAGES), C) if is_c else
                    Language("cpp", "cpp", prose.Links("cpp:any", paths, PAGES), CPP))
        (out / "reference" / language.folder).mkdir(parents=True, exist_ok=True)
        for header in read:
            page = out / (page_of(header.path) + ".rst")
            page.write_text("\n".join(lines_of(header, language)), encoding="utf-8")
        index = out / "reference" / language.folder / "index.rst"
        index.write_text("\n".join(index_of(is_c)), encoding="utf-8")


def index_of(is_c):
    title = "C" if is_c else "C++"
    yield from (title, "=" * len(title), "")
    yield (":doc:`/lib/doc/c` says how a program in C is built and how its functions behave."
           if is_c else "A page for each public header. :doc:`crex` includes all of them but "
           ":doc:`asio`.")
    yield from ("", ".. toctree::", "   :maxdepth: 1", "")
    yield from (f"   /{page_of(path)}" for path in TITLES if path.endswith(".h") == is_c)
    yield ""


def all_paths(lists):
    for symbols in lists:
        for symbol in symbols:
            if symbol.kind is not None and not symbol.special:
                yield symbol.path
            yield from all_paths([symbol.members])


def lines_of(header, language):
    title = TITLES[header.path]
    yield from (title, "=" * len(title), "", f"``#include <{header.path}>``", "")
    yield prose.rst(header.contract, language.links, "" if language.domain == "c" else "crex")
    if language.domain == "cpp":
        yield from included(header)
    yield from directives(header.symbols, language, "")


def included(header):
    """A header that only includes others leads to them."""
    if not header.symbols:
        parts = [path for path in TITLES if path.endswith(".hpp") and path != header.path and
                 path.startswith("crex/sysv/") == (header.path == "crex/sysv.hpp")]
        yield from (f"- :doc:`/{page_of(path)}`" for path in sorted(parts))


def directives(symbols, language, indent):
    shown = [symbol for symbol in symbols if not symbol.special]
    for group in headers.groups(shown):
        for name, members in runs(group, language):
            yield from directive(name, members, language, indent)
        comment = group[0].comment
        scope = group[0].path if group[0].members else group[0].scope
        yield from ("", *indented(prose.rst(comment, language.links, scope), indent + "   "), "")
        if moves := handling(group[0]):
            yield from (indent + "   " + moves, "")
        for symbol in group:
            yield from directives(symbol.members, language, indent + "   ")


def runs(group, language):
    """Neighbours of a group with the same directive, which can take several declarations."""
    result = []
    for symbol in group:
        name = language.directives.get(symbol.kind, f"{language.domain}:function")
        if not result or result[-1][0] != name:
            result.append((name, []))
        result[-1][1].append(symbol)
    return result


def directive(name, symbols, language, indent):
    texts = [signature(symbol, language) for symbol in symbols]
    head = f"{indent}.. {name}:: "
    yield ""
    yield head + ("\n" + " " * len(head)).join(texts)


def signature(symbol, language):
    if symbol.kind is None:
        return re.match(r"\w+(\([^)]*\))?", symbol.text)[0]
    text = re.sub(r"^(class|struct|enum class|enum|using|typedef) ", "", symbol.text)
    if symbol.kind == CursorKind.CLASS_TEMPLATE:
        text = re.sub(r"> class ", "> ", symbol.text)
    if language.domain == "c":
        return c_signature(symbol, text)
    return qualified(text, symbol)


def qualified(text, symbol):
    """At the top, the full name: "crex::sysv::Semaphore"."""
    if symbol.scope in ("crex", "crex::sysv"):
        return re.sub(rf"(?<![\w:]){re.escape(symbol.name)}\b(?!::)", symbol.path, text, count=1)
    return text


def c_signature(symbol, text):
    if symbol.kind == CursorKind.STRUCT_DECL:
        return symbol.name
    if symbol.kind == CursorKind.TYPEDEF_DECL:
        return symbol.name
    return text


def handling(symbol):
    """What copying and moving means, from the declarations of special members."""
    special = " ".join(member.text for member in symbol.members if member.special)
    if not special:
        return ""
    if "&&" in special:
        return "*Can be moved, not copied.*"
    return "*Can be neither copied nor moved.*" if "&" in special else ""


def indented(text, indent):
    return [indent + line if line else "" for line in text.split("\n")]
