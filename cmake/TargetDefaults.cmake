# SPDX-License-Identifier: BSL-1.0

# What every target of ours is built with, and nobody else's.
function(crex_target_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD OFF # where a source file's unnamed namespace must be its own; see below
    CXX_EXTENSIONS OFF
    CXX_SCAN_FOR_MODULES OFF # there are none
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  if(CMAKE_SIZEOF_VOID_P EQUAL 4) # files beyond 2 GiB, inodes beyond 2^32, times beyond 2038
    target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CREX_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CREX_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CREX_SANITIZE}
                                             -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${CREX_SANITIZE})
  endif()
endfunction()

# Lets the sources of each of a target's directories be compiled as one, which takes a third of the
# time: most of it goes into headers that all of them include. They share one unnamed namespace. The
# presets dev and clang go without, so that each source includes what it needs.
function(crex_compile_by_directory target)
  if(NOT CREX_UNITY_BUILD)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^[^$]*[.]cpp$") # no generator expressions
  foreach(source IN LISTS sources)
    # The name of a joined source is in the data for debuggers, so it must not contain the directory of the
    # build or of the tree: then two builds would not be the same bytes.
    cmake_path(IS_PREFIX PROJECT_BINARY_DIR "${source}" is_generated)
    if(is_generated)
      continue()
    endif()
    cmake_path(GET source PARENT_PATH directory)
    if(IS_ABSOLUTE "${directory}")
      cmake_path(RELATIVE_PATH directory BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    endif()
    string(MAKE_C_IDENTIFIER "${target}/${directory}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# Lets a target of many sources compile once what nearly each of them includes: it halves their time.
# The preset dev goes without, so that each source includes what it needs.
function(crex_precompile_common_headers target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <atomic> <chrono> <functional> <memory> <optional> <span> <stop_token> <string>
    <system_error> <vector>)
endfunction()
