# SPDX-License-Identifier: BSL-1.0

# What every target of ours is built with, and nobody else's.
function(crex_target_defaults target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD OFF # a source file's unnamed namespace is its own: many have an open() or create()
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

# Lets a target of many sources compile once what nearly each of them includes: it halves their time.
# The preset dev goes without, so that each source includes what it needs.
function(crex_precompile_common_headers target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <atomic> <chrono> <functional> <memory> <optional> <span> <stop_token> <string>
    <system_error> <vector>)
endfunction()
