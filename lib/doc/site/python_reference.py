# SPDX-License-Identifier: BSL-1.0
"""Writes the reference of the Python package, from its stubs and its docstrings."""
import ast
import importlib
import inspect
import sys

MODULES = {"crex": "__init__.pyi", "crex.posix_ipc": "posix_ipc.pyi"}
ALIASES = {}  # private names of types, and what they stand for


def write(root, package, out):
    out.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(package))
    sys.dont_write_bytecode = True
    for name, stub in MODULES.items():
        text = (root / "lib/src/python/crex" / stub).read_text(encoding="utf-8")
        tree = Expanded().visit(ast.parse(text))
        module = importlib.import_module(name)
        (out / f"{name}.rst").write_text("\n".join(page(name, module, tree)), encoding="utf-8")
    entries = "\n".join(f"   {name}" for name in MODULES)
    (out / "index.rst").write_text(
        "Python\n======\n\n:doc:`/lib/doc/python` is the manual.\n\n"
        f".. toctree::\n   :maxdepth: 2\n\n{entries}\n", encoding="utf-8")


class Expanded(ast.NodeTransformer):
    """Puts types in the place of their private names."""

    def visit_Assign(self, node):
        ALIASES[node.targets[0].id] = node.value
        return node

    def visit_Name(self, node):
        return ALIASES.get(node.id, node)

    def visit_Attribute(self, node):
        return ALIASES.get(node.attr, node)


def page(name, module, tree):
    yield from (name, "=" * len(name), "", f".. py:module:: {name}", "")
    yield from (paragraphs(module.__doc__, ""), "")
    constants = [node for node in tree.body
                 if isinstance(node, ast.AnnAssign) and not hidden(node.target.id)]
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    shown = [node for node in classes.values() if not hidden(node.name)]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    errors = [node for node in shown if node.name.endswith("Error")]
    yield from section("Classes")
    for node in shown:
        if node not in errors:
            yield from class_entry(node, classes, getattr(module, node.name))
    yield from section("Functions")
    for node in functions:
        yield from entry("py:function", f"{node.name}{signature(node)}",
                         getattr(module, node.name).__doc__, "")
    yield from section("Errors")
    reexported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom)
                  for alias in node.names if alias.asname and alias.name.endswith("Error")]
    for node in errors:
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        yield from entry("py:exception", f"{node.name}({bases})",
                         getattr(module, node.name).__doc__, "")
    if reexported:
        links = ", ".join(f":py:exc:`crex.{each}`" for each in reexported)
        yield f"Those of :py:mod:`crex`: {links}"
    yield from section("Constants")
    for node in constants:
        kind = f":type: {ast.unparse(node.annotation)}"
        yield from entry("py:data", node.target.id, "", "", kind)


def section(title):
    return ("", title, "-" * len(title), "")


def class_entry(node, classes, thing):
    members = inherited(node, classes)
    made = members.get("__init__")
    yield from entry("py:class", node.name + (signature(made) if made else "()"), thing.__doc__, "")
    for name, member in members.items():
        if hidden(name):
            continue
        value = inspect.getattr_static(thing, name)
        if isinstance(member, ast.AnnAssign):
            yield from entry("py:attribute", name, value.__doc__, "   ",
                             f":type: {ast.unparse(member.annotation)}")
        elif any(ast.unparse(each) == "property" for each in member.decorator_list):
            yield from entry("py:property", name, value.__doc__, "   ",
                             f":type: {ast.unparse(member.returns)}")
        else:
            options = [":async:"] if isinstance(member, ast.AsyncFunctionDef) else []
            yield from entry("py:method", name + signature(member), value.__doc__, "   ", *options)


def inherited(node, classes):
    """Its members, with those of bases that are not shown themselves."""
    result = {}
    for base in node.bases:
        if (name := ast.unparse(base)) in classes and hidden(name):
            result.update(inherited(classes[name], classes))
    for member in node.body:
        if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)):
            result[member.name] = member
        elif isinstance(member, ast.AnnAssign):
            result[member.target.id] = member
    return result


def signature(node):
    arguments = ast.unparse(node.args)
    if arguments == "self" or arguments.startswith(("self,", "self /", "/")):
        arguments = arguments[4:].lstrip(", ").removeprefix("/, ").removeprefix("/")
    arguments = arguments.replace("384", "0o600")
    returned = ast.unparse(node.returns) if node.returns else "None"
    return f"({arguments})" + (f" -> {returned}" if returned != "None" else "")


def hidden(name):
    return name.startswith("_")


def entry(directive, text, doc, indent, *options):
    yield from ("", f"{indent}.. {directive}:: {text}")
    yield from (f"{indent}   {option}" for option in options)
    yield from ("", paragraphs(doc or "", indent + "   "), "")


def paragraphs(doc, indent):
    # Backticks of Markdown are literals.
    text = inspect.cleandoc(doc.rpartition("--\n\n")[2]).replace("`", "``").replace("*", "\\*")
    lines = []
    for line in text.split("\n"):
        if line.startswith("    ") and lines and not lines[-1].strip():
            if not any(each.endswith("::") for each in lines[-2:]):
                lines += [indent + "::", ""]
        lines.append(indent + line if line else "")
    return "\n".join(lines)
