# SPDX-License-Identifier: BSL-1.0

# crex_needs(what package...) ends the CMakeLists.txt that calls it, and says in one line that `what`
# is not built, unless find_package() has found every package.
macro(crex_needs what)
  set(crex_missing "")
  foreach(crex_package IN ITEMS ${ARGN})
    if(NOT ${crex_package}_FOUND)
      list(APPEND crex_missing ${crex_package})
    endif()
  endforeach()
  if(crex_missing)
    list(JOIN crex_missing ", " crex_missing)
    message(STATUS "Not built: ${what} (not found: ${crex_missing})")
    return()
  endif()
endmacro()

# Sets Boost_beast_FOUND. Beast is headers only, as Asio is, which it uses.
macro(crex_find_boost_beast)
  find_file(CREX_BOOST_BEAST_HPP boost/beast/http.hpp HINTS ${Boost_INCLUDE_DIRS})
  mark_as_advanced(CREX_BOOST_BEAST_HPP)
  set(Boost_beast_FOUND ${CREX_BOOST_BEAST_HPP})
endmacro()

# Sets Boost_asio_FOUND, and Boost_asio_coroutines_FOUND, which Boost 1.74 has not with Clang. Asio is
# headers only, so Boost has no component of that name; some package managers have a package of its
# own for it.
macro(crex_find_boost_asio)
  find_file(CREX_BOOST_ASIO_HPP boost/asio.hpp HINTS ${Boost_INCLUDE_DIRS})
  mark_as_advanced(CREX_BOOST_ASIO_HPP)
  set(Boost_asio_FOUND ${CREX_BOOST_ASIO_HPP})
  if(Boost_asio_FOUND)
    include(CheckCXXSourceCompiles)
    set(CMAKE_REQUIRED_FLAGS ${CMAKE_CXX20_STANDARD_COMPILE_OPTION})
    set(CMAKE_REQUIRED_INCLUDES ${Boost_INCLUDE_DIRS})
    check_cxx_source_compiles("#include <utility>
      #include <boost/asio/awaitable.hpp>
      boost::asio::awaitable<void> coroutine();
      int main() { (void)coroutine; }" Boost_asio_coroutines_FOUND)
    unset(CMAKE_REQUIRED_FLAGS)
    unset(CMAKE_REQUIRED_INCLUDES)
  endif()
endmacro()
