# One place for what all our targets share.

# Settings of every target of ours. STANDARD is 17 for the client, 20 elsewhere.
function(reprise_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "STANDARD" "")
  if(NOT arg_STANDARD)
    set(arg_STANDARD 20)
  endif()
  set_target_properties(${name} PROPERTIES
    CXX_STANDARD ${arg_STANDARD} CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${REPRISE_WERROR}>:-Werror>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
endfunction()

# A shared library of ours, made of the objects of OBJECTS, that shows `reprise::*` only. The last pattern that matches a
# name decides, so the inner namespaces (INNER) get a version of their own that changes with every release.
function(reprise_shared_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OBJECTS" "INNER;PUBLIC;PRIVATE")
  set(kinds "" "typeinfo?for?" "typeinfo?name?for?" "vtable?for?" "VTT?for?" "construction?vtable?for?"
    "guard?variable?for?" "non-virtual?thunk?to?" "virtual?thunk?to?")
  set(public_patterns)
  set(private_patterns)
  foreach(kind IN LISTS kinds)
    list(APPEND public_patterns "      ${kind}reprise::*|")
    foreach(inner IN LISTS arg_INNER)
      list(APPEND private_patterns "      ${kind}reprise::${inner}::*|")
    endforeach()
  endforeach()
  list(JOIN public_patterns "\n" public_patterns)
  list(JOIN private_patterns "\n" private_patterns)
  string(REPLACE "|" ";" public_patterns "${public_patterns}")
  string(REPLACE "|" ";" private_patterns "${private_patterns}")
  if(NOT arg_INNER)
    set(private_patterns "      reprise::none?;")  # an empty list is no syntax of the linker's
  endif()
  set(map ${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/exports.map.in ${map} @ONLY)

  add_library(${name} SHARED $<TARGET_OBJECTS:${arg_OBJECTS}>)
  reprise_target(${name})
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  target_link_options(${name} PRIVATE LINKER:--version-script=${map})
  if(NOT REPRISE_SANITIZE AND NOT REPRISE_BUILD_FUZZ)
    target_link_options(${name} PRIVATE LINKER:--no-undefined)  # a sanitizer's runtime comes with the program
  endif()
  # What depends on the map is relinked when the map changes.
  set_target_properties(${name} PROPERTIES LINK_DEPENDS ${map}
    INSTALL_RPATH "$ORIGIN" VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()
