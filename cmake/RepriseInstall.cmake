# What is installed, and how others find it: find_package(reprise 0.1 COMPONENTS gtest core), pkg-config, and nothing
# that knows where it was built. The folder may be moved afterwards.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/reprise)

# reprise_install_component(NAME TARGETS...): the targets become reprise::NAME-like imported targets of one component.
function(reprise_install_component name)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^reprise_" "" export_name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name})
  endforeach()
  set(file_set)
  if(name STREQUAL "headers")
    set(file_set FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
  install(TARGETS ${ARGN} EXPORT reprise-${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    ${file_set})
  install(EXPORT reprise-${name} NAMESPACE reprise:: FILE reprise-${name}.cmake DESTINATION ${package_dir}
    COMPONENT development)
  set_property(GLOBAL APPEND PROPERTY reprise_components ${name})
endfunction()

# reprise_install_pkgconfig(NAME DESCRIPTION REQUIRES LIBS CFLAGS): a relocatable NAME.pc
function(reprise_install_pkgconfig name description requires libs cflags)
  file(RELATIVE_PATH up ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" up "${up}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/reprise.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT development)
endfunction()

reprise_install_component(headers reprise_headers)
foreach(name core recorder replayer gtest)
  reprise_install_component(${name} reprise_${name})
endforeach()
reprise_install_component(client reprise_client reprise_client_shared)

# The deck and the module that links libcurl: nobody starts them by hand.
set(libexec_dir ${CMAKE_INSTALL_LIBEXECDIR}/reprise)
install(TARGETS reprise_deck RUNTIME DESTINATION ${libexec_dir} COMPONENT runtime)
install(TARGETS reprise_curl LIBRARY DESTINATION ${libexec_dir} COMPONENT runtime)
if(REPRISE_BUILD_PROGRAM)
  install(TARGETS reprise_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()

set(deck_flag "-DREPRISE_DECK_PROGRAM=\\\"\${prefix}/${libexec_dir}/reprise-deck\\\"")
reprise_install_pkgconfig(reprise-client "reprise, for test programs: a thin client" "" "-lreprise_client" "${deck_flag}")
reprise_install_pkgconfig(reprise-gtest "reprise, for GoogleTest programs" "reprise-client gtest" "" "")
reprise_install_pkgconfig(reprise-core "reprise in your own process: cassettes, matching, comparison" "" "-lreprise_core" "")

get_property(components GLOBAL PROPERTY reprise_components)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/repriseConfig.cmake.in
  ${PROJECT_BINARY_DIR}/repriseConfig.cmake INSTALL_DESTINATION ${package_dir}
  PATH_VARS libexec_dir)
# Before 1.0 a minor release may change what it likes.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/repriseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/repriseConfig.cmake ${PROJECT_BINARY_DIR}/repriseConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/RepriseDiscoverTests.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
