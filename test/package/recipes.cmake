# SPDX-License-Identifier: BSL-1.0

# cmake -D VERSION=0.1.0 -P recipes.cmake: vcpkg's port, Conan's recipe and Debian's changelog are for
# this version; CMake reads the port without an error, with nothing behind vcpkg's functions, and it
# configures this source tree.
cmake_policy(VERSION 3.25)
set(packaging ${CMAKE_CURRENT_LIST_DIR}/../../cmake/packaging)

function(expect what is should)
  if(NOT is STREQUAL should)
    message(FATAL_ERROR "${what} is \"${is}\", not \"${should}\"")
  endif()
endfunction()

file(READ ${packaging}/vcpkg/vcpkg.json port)
string(JSON port_version GET "${port}" version)
expect("the version of vcpkg's port" ${port_version} ${VERSION})
file(STRINGS ${packaging}/debian/changelog heading LIMIT_COUNT 1)
string(REGEX REPLACE "^crex \\((.*)-.*" "\\1" debian_version "${heading}")
expect("the version of Debian's packages" ${debian_version} ${VERSION})

set(configured "")
function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  set(configured ${arg_SOURCE_PATH} PARENT_SCOPE)
endfunction()
foreach(name IN ITEMS vcpkg_cmake_install vcpkg_cmake_config_fixup vcpkg_fixup_pkgconfig
                      vcpkg_install_copyright)
  function(${name})
  endfunction()
endforeach()
set(PORT crex)
set(CURRENT_PACKAGES_DIR ${CMAKE_CURRENT_BINARY_DIR}/vcpkg_port)
include(${packaging}/vcpkg/portfile.cmake)
if(NOT EXISTS ${configured}/lib/include/crex/version.hpp)
  message(FATAL_ERROR "vcpkg's port configures \"${configured}\", which is not this source tree")
endif()
if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/crex/usage)
  message(FATAL_ERROR "vcpkg's port does not install its usage")
endif()
file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR})
