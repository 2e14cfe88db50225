# SPDX-License-Identifier: BSL-1.0

# What `cmake --install` puts where, for find_package(crex) and for pkg-config. Nothing in it knows
# where it was built or installed, so the tree may be moved, unless a CMAKE_INSTALL_*DIR is absolute;
# nothing in it asks for Boost.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Without CREX_INSTALL, crex is installed only if its component is asked for (`cmake --install build
# --component crex`). There are rules even then, since a parent project may export a library that
# links crex.
set(as_asked COMPONENT crex)
if(NOT CREX_INSTALL)
  list(APPEND as_asked EXCLUDE_FROM_ALL)
endif()

# INCLUDES is for users with a CMake before 3.23, which knows no file sets.
install(TARGETS crex EXPORT crex-targets ${as_asked}
        FILE_SET HEADERS ${as_asked}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET crex-static)
  install(TARGETS crex-static EXPORT crex-targets ${as_asked}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
if(TARGET crex-c)
  install(TARGETS crex-c EXPORT crex-targets ${as_asked}
          FILE_SET HEADERS ${as_asked}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
# A component of its own: a program that does not ask for it needs no libpq.
if(TARGET crex-postgres)
  install(TARGETS crex-postgres EXPORT crex-postgres-targets ${as_asked}
          FILE_SET HEADERS ${as_asked}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
if(TARGET crex-mqueue)
  install(TARGETS crex-mqueue EXPORT crex-targets ${as_asked})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/crex)
install(EXPORT crex-targets NAMESPACE crex:: DESTINATION ${package_dir} ${as_asked})
if(TARGET crex-postgres)
  install(EXPORT crex-postgres-targets NAMESPACE crex:: DESTINATION ${package_dir} ${as_asked})
endif()
get_target_property(crex_type crex TYPE)
set(crex_has_static OFF) # beside a shared one
if(TARGET crex-static)
  set(crex_has_static ON)
endif()
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/crex-config.cmake.in ${PROJECT_BINARY_DIR}/crex-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
# While the version begins with 0, another minor version is another interface.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/crex-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/crex-config.cmake ${PROJECT_BINARY_DIR}/crex-config-version.cmake
  DESTINATION ${package_dir} ${as_asked})

# pkg-config finds the prefix from where it finds the .pc file.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  set(pc_prefix "\${pcfiledir}/${prefix_from_pc}")
endif()
set(pc_libdir "\${prefix}") # an absolute path takes its place
cmake_path(APPEND pc_libdir ${CMAKE_INSTALL_LIBDIR})
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(${PROJECT_SOURCE_DIR}/cmake/crex.pc.in ${PROJECT_BINARY_DIR}/crex.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/crex.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${as_asked})
if(TARGET crex-c)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/crex-c.pc.in ${PROJECT_BINARY_DIR}/crex-c.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/crex-c.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${as_asked})
endif()
if(TARGET crex-postgres)
  set(pc_requires_private "Requires.private: libpq\n")
  if(crex_type STREQUAL "SHARED_LIBRARY")
    set(pc_requires_private "") # which would ask for libpq's headers
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/crex-postgres.pc.in
                 ${PROJECT_BINARY_DIR}/crex-postgres.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/crex-postgres.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${as_asked})
endif()

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} ${as_asked})
