# SPDX-License-Identifier: BSL-1.0

# Run by BoostTestDiscovery.cmake after a test program is built: asks it for its cases and writes
# the CTest commands that run them one by one.
execute_process(
  COMMAND ${launcher} ${program} --list_content
  ERROR_VARIABLE listing
  OUTPUT_VARIABLE listing_too
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${program} --list_content failed: ${listing}")
endif()

string(REGEX MATCHALL "[^\n]+\\*" cases "${listing}${listing_too}")
set(content "")
foreach(case IN LISTS cases)
  string(STRIP "${case}" case)
  string(REGEX REPLACE "\\*$" "" case "${case}")
  string(REGEX REPLACE "<.*" "" bare "${case}")
  list(FIND without "${bare}" place)
  if(NOT place EQUAL -1)
    continue()
  endif()
  set(name "${suite}.${case}")
  string(APPEND content
    "add_test([==[${name}]==] ${launcher} [==[${program}]==] [==[--run_test=${case}]==] "
    "--color_output=no)\n"
    "set_tests_properties([==[${name}]==] PROPERTIES TIMEOUT ${timeout} "
    "LABELS [==[${labels}]==] ENVIRONMENT [==[CREX_TEST_RUN=${run};${environment}]==] "
    "SKIP_REGULAR_EXPRESSION [==[\\[skipped\\]]==] "
    "FIXTURES_REQUIRED [==[nothing_left;${fixtures}]==])\n")
endforeach()
file(WRITE ${output} "${content}")
