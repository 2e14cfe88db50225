# SPDX-License-Identifier: BSL-1.0

# crex_discover_tests(target [SUITE name] [LABELS label...] [TIMEOUT seconds]
# [ENVIRONMENT NAME=VALUE...] [FIXTURES fixture...] [WITHOUT case...]) makes each Boost.Test case of
# `target` a CTest test of its own, so that they run in parallel and a hang is one test's. The cases
# are asked for after the program is built. The suite is called like the target, unless another name
# is given. The timeout ends what hangs: it leaves room for a machine with ten times as much to do.
function(crex_discover_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SUITE;TIMEOUT" "LABELS;ENVIRONMENT;FIXTURES;WITHOUT")
  if(NOT arg_SUITE)
    set(arg_SUITE ${target})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 900)
  endif()
  set(tests_file ${CMAKE_CURRENT_BINARY_DIR}/${arg_SUITE}_tests.cmake)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND}
      -D program=$<TARGET_FILE:${target}>
      -D "launcher=${CMAKE_CROSSCOMPILING_EMULATOR}"
      -D suite=${arg_SUITE}
      -D "labels=${arg_LABELS}"
      -D "environment=${arg_ENVIRONMENT}"
      -D "fixtures=${arg_FIXTURES}"
      -D "without=${arg_WITHOUT}"
      -D timeout=${arg_TIMEOUT}
      -D run=${CREX_TEST_RUN}
      -D output=${tests_file}
      -P ${PROJECT_SOURCE_DIR}/cmake/ListBoostTests.cmake
    BYPRODUCTS ${tests_file}
    VERBATIM)
  file(WRITE ${tests_file}.include "include(\"${tests_file}\" OPTIONAL)\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${tests_file}.include)
endfunction()
