# SPDX-License-Identifier: BSL-1.0
find_package(Boost 1.74 REQUIRED OPTIONAL_COMPONENTS program_options)
find_package(OpenSSL 3.0 QUIET COMPONENTS Crypto)
crex_needs("the demo programs" Boost_PROGRAM_OPTIONS OpenSSL)

# A demo program. All of them are put into bin/, so that the messages of one can name another.
function(crex_add_demo name)
  add_executable(${name} ${ARGN})
  crex_target_defaults(${name})
  target_link_libraries(${name} PRIVATE crex_conversation)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

add_subdirectory(conversation)
add_subdirectory(premise_and_conclusion)
add_subdirectory(message_queue)
add_subdirectory(listener)
add_subdirectory(notification)
add_subdirectory(context)
add_subdirectory(producer_consumer)
add_subdirectory(cleanup)
