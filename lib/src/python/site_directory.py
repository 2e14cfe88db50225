# SPDX-License-Identifier: BSL-1.0
"""Prints the directory for packages below a prefix, relative to it.

    site_directory.py PREFIX
"""

import pathlib
import site
import sys
import sysconfig


def site_directory(prefix):
    for directory in map(pathlib.Path, site.getsitepackages()):
        if directory.is_relative_to(prefix):
            below = directory.relative_to(prefix)
            if below.parts[0] != "local":  # of /usr
                return below
    path = sysconfig.get_path("platlib", "posix_prefix", {"platbase": ""})
    return path.lstrip("/")


if __name__ == "__main__":
    print(site_directory(sys.argv[1]))
