# SPDX-License-Identifier: BSL-1.0
"""crex for Conan 2: `conan create cmake/packaging/conan`."""
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

ROOT = os.path.join("..", "..", "..")
PARTS_OFF = ("BENCHMARKS", "COMMAND", "DEMOS", "PYTHON", "TESTS")


class CrexConan(ConanFile):
    name = "crex"
    description = "Named semaphores, shared memory and message queues between processes"
    license = "BSL-1.0"
    topics = ("ipc", "shared-memory", "semaphore", "message-queue", "ring-buffer")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "with_c": [True, False], "with_mqueue": [True, False]}
    default_options = {"shared": False, "with_c": True, "with_mqueue": True}

    def set_version(self):
        header = os.path.join(self.recipe_folder, ROOT, "lib", "include", "crex", "version.hpp")
        self.version = ".".join(re.findall(r"define CREX_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", load(self, header)))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "apps/CMakeLists.txt", "cmake/*", "lib/*"):
            copy(self, pattern, os.path.join(self.recipe_folder, ROOT), self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("crex is for Linux")
        if self.settings.compiler.get_safe("cppstd"):
            check_min_cppstd(self, 20)

    def requirements(self):  # headers, of which none is in crex's own
        self.requires("boost/[>=1.74 <2]", headers=True, libs=False, transitive_headers=False, visible=False)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in PARTS_OFF:
            toolchain.cache_variables[f"CREX_BUILD_{part}"] = False
        toolchain.cache_variables["CREX_BUILD_C"] = bool(self.options.with_c)
        toolchain.cache_variables["CREX_BUILD_MQUEUE"] = bool(self.options.with_mqueue)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        for directory in (("lib", "cmake"), ("lib", "pkgconfig"), ("share",)):
            rmdir(self, os.path.join(self.package_folder, *directory))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "crex")
        parts = [("crex", "crex", True), ("c", "crex-c", self.options.with_c), ("mqueue", "crex-mqueue", self.options.with_mqueue)]
        for component, library, there in parts:
            if there:
                self.cpp_info.components[component].libs = [library]
                self.cpp_info.components[component].set_property("cmake_target_name", f"crex::{component}")
        self.cpp_info.components["crex"].set_property("pkg_config_name", "crex")
        self.cpp_info.components["crex"].system_libs = ["pthread"]
        if self.options.with_c:
            self.cpp_info.components["c"].set_property("pkg_config_name", "crex-c")
