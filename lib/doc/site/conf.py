# SPDX-License-Identifier: BSL-1.0
"""Sphinx's configuration of the site. cmake/docs.sh builds it, from what stage.py has collected."""
import pathlib
import re

HERE = pathlib.Path(__file__).parent
VERSION = (HERE.parents[1] / "include/crex/version.hpp").read_text(encoding="utf-8")

project = "crex"
author = "the authors of crex"
version = release = re.search(r'version = "([^"]+)"', VERSION)[1]

extensions = ["myst_parser", "sphinx_copybutton"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
root_doc = "index"
primary_domain = "cpp"
highlight_language = "none"
nitpicky = False
suppress_warnings = ["myst.header"]

html_theme = "furo"
html_title = f"crex {version}"
html_static_path = [str(HERE / "site.css")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = True
html_show_search_summary = False  # it cannot be read from file://
copybutton_selector = "div.highlight:not(.highlight-none) > pre"


def setup(app):
    app.connect("build-finished", join_scripts)


def join_scripts(app, error):
    """Debian's Furo leaves its script as a module, which browsers do not load from file://."""
    scripts = pathlib.Path(app.outdir) / "_static/scripts"
    script = (scripts / "furo.js").read_text(encoding="utf-8")
    imported = 'import Gumshoe from "./gumshoe-patched.js";'
    if not error and imported in script:
        gumshoe = (scripts / "gumshoe-patched.js").read_text(encoding="utf-8")
        (scripts / "furo.js").write_text(gumshoe + script.replace(imported, ""), encoding="utf-8")
