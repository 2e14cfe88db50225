# SPDX-License-Identifier: BSL-1.0

# What `cmake --install` puts where, for find_package(crex) and for pkg-config. Nothing in it knows
# where it was built or installed, so the tree may be moved; nothing in it asks for Boost.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# INCLUDES is for users with a CMake before 3.23, which knows no file sets.
install(TARGETS crex EXPORT crex-targets FILE_SET HEADERS
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS crex-mqueue EXPORT crex-targets)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/crex)
install(EXPORT crex-targets NAMESPACE crex:: DESTINATION ${package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/crex-config.cmake.in ${PROJECT_BINARY_DIR}/crex-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
# While the version begins with 0, another minor version is another interface.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/crex-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/crex-config.cmake ${PROJECT_BINARY_DIR}/crex-config-version.cmake
  DESTINATION ${package_dir})

# pkg-config finds the prefix from where it finds crex.pc.
file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/crex.pc.in ${PROJECT_BINARY_DIR}/crex.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/crex.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
