# reprise_discover_tests(TARGET [CASSETTES FOLDER] [MODE MODE] [TIMEOUT SECONDS] [LABELS LABEL...]
#                        [TEST_PREFIX PREFIX] [WORKING_DIRECTORY FOLDER] [ARGUMENTS ARGUMENT...])
#
# Registers every test of a GoogleTest program with CTest, as gtest_discover_tests does, when ctest runs: a program that is
# cross-compiled or cannot start yet does not break the build.
#
#   CASSETTES          root of this program's cassettes, relative to the current source folder; compiled in, so that the
#                      program finds them wherever it is started (REPRISE_CASSETTES in the environment still wins)
#   MODE               replay, record, extend, verify or live: these tests run in that mode, whatever the environment
#                      says. The mode is also a label: `ctest -L replay`. Without it the label is replay, the default.
#   TIMEOUT            of each test, 60 seconds by default
include_guard()

function(reprise_discover_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CASSETTES;MODE;TIMEOUT;TEST_PREFIX;WORKING_DIRECTORY" "LABELS;ARGUMENTS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "reprise_discover_tests(${target}): \"${arg_UNPARSED_ARGUMENTS}\" is no argument of it.")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "reprise_discover_tests(${target}): ${arg_KEYWORDS_MISSING_VALUES} needs a value.")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "reprise_discover_tests(${target}): there is no such target.")
  endif()

  set(label replay)
  set(properties)
  if(DEFINED arg_MODE)
    set(modes replay record extend verify live)
    if(NOT arg_MODE IN_LIST modes)
      message(FATAL_ERROR "reprise_discover_tests(${target}): MODE is \"${arg_MODE}\"; it must be one of ${modes}.")
    endif()
    set(label ${arg_MODE})
    list(APPEND properties ENVIRONMENT REPRISE_MODE=${arg_MODE})
  endif()
  if(DEFINED arg_CASSETTES)
    get_filename_component(root "${arg_CASSETTES}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_definitions(${target} PRIVATE "REPRISE_CASSETTE_ROOT=\"${root}\"")
  endif()
  if(NOT DEFINED arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()

  set(options)
  foreach(name TEST_PREFIX WORKING_DIRECTORY)
    if(DEFINED arg_${name})
      list(APPEND options ${name} "${arg_${name}}")
    endif()
  endforeach()
  if(arg_ARGUMENTS)
    list(APPEND options EXTRA_ARGS ${arg_ARGUMENTS})
  endif()

  include(GoogleTest)
  get_property(count GLOBAL PROPERTY reprise_discovered)
  math(EXPR count "${count} + 1")
  set_property(GLOBAL PROPERTY reprise_discovered ${count})
  set(list reprise_discovered_${count})
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST ${options} TEST_LIST ${list}
    PROPERTIES TIMEOUT ${arg_TIMEOUT} ${properties})

  # gtest_discover_tests cannot hand on a property that is a list, so the labels follow when ctest has the names.
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${list}.cmake)
  file(CONFIGURE OUTPUT ${script} @ONLY CONTENT
    "if(@list@)\n  set_tests_properties(\${@list@} PROPERTIES LABELS [==[@label@;@arg_LABELS@]==])\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${script})
endfunction()
