# SPDX-License-Identifier: BSL-1.0
"""Builds a wheel, as PEP 517 wants: what CMake builds and installs, in an archive.

`pip install --config-settings build-directory=DIR` takes what is in that build tree.
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
OFF = ["COMMAND", "MQUEUE", "DEMOS", "BENCHMARKS", "TESTS"]


def version():
    text = (ROOT / "lib/include/crex/version.hpp").read_text(encoding="utf-8")
    return ".".join(re.findall(r"define CREX_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", text))


def cmake(*arguments):
    subprocess.run(["cmake", *map(str, arguments)], check=True)


def build(directory):
    options = [f"-DCREX_BUILD_{part}=OFF" for part in OFF]
    python = f"-DPython3_EXECUTABLE={sys.executable}"
    cmake("-S", ROOT, "-B", directory, "-DCMAKE_BUILD_TYPE=Release", python, *options)
    cmake("--build", directory, "--parallel", os.cpu_count() or 1, "--target", "crex_python")


def metadata():
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    tag = f"cp311-abi3-{platform}"
    return tag, {
        "METADATA": f"Metadata-Version: 2.1\nName: crex\nVersion: {version()}\n"
        "Summary: Locks, memory, queues and ring buffers shared between processes\n"
        "License: BSL-1.0\nRequires-Python: >=3.11\n",
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: crex\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }


def write_archive(path, files):
    """`files` are {name in the archive: bytes}. Adds the list of all that wheels need."""
    record_name = f"crex-{version()}.dist-info/RECORD"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")
        archive.writestr(record_name, "\n".join([*record, f"{record_name},,", ""]))


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    directory = pathlib.Path(metadata_directory, f"crex-{version()}.dist-info")
    directory.mkdir()
    for name, text in metadata()[1].items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with tempfile.TemporaryDirectory() as temporary:
        directory = (config_settings or {}).get("build-directory")
        if not directory:
            directory = pathlib.Path(temporary, "build")
            build(directory)
        prefix = pathlib.Path(temporary, "prefix")
        cmake("--install", directory, "--component", "python", "--prefix", prefix)
        package = next(prefix.rglob("crex"))
        files = {f"crex/{p.name}": p.read_bytes() for p in sorted(package.iterdir())}
    tag, texts = metadata()
    for name, text in texts.items():
        files[f"crex-{version()}.dist-info/{name}"] = text.encode()
    name = f"crex-{version()}-{tag}.whl"
    write_archive(pathlib.Path(wheel_directory, name), files)
    return name


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("install from crex's source tree: the package is a part of it")
