# SPDX-License-Identifier: Apache-2.0
# Install rules, so that another project can say find_package(ctffr) and link ctffr::ctffr.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY CTFFR_LAYERS)
add_library(ctffr_all INTERFACE)
set_target_properties(ctffr_all PROPERTIES EXPORT_NAME ctffr)
target_link_libraries(ctffr_all INTERFACE ${layers})
add_library(ctffr::ctffr ALIAS ctffr_all)

install(TARGETS ctffr_settings ${layers} ctffr_all EXPORT ctffr-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ctffr DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT ctffr-targets NAMESPACE ctffr:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ctffr)
get_property(CTFFR_VTK_COMPONENTS GLOBAL PROPERTY CTFFR_VTK_COMPONENTS)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ctffr-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/ctffr-config.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ctffr)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ctffr-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ctffr-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/ctffr-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ctffr)
