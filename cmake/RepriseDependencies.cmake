# Every dependency is a distribution package; what each is for stands in the README's table.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

if(NOT TARGET zstd::libzstd_shared)
  find_package(zstd CONFIG QUIET)
endif()
if(NOT TARGET zstd::libzstd_shared)
  pkg_check_modules(zstd REQUIRED IMPORTED_TARGET GLOBAL libzstd)
  add_library(zstd::libzstd_shared ALIAS PkgConfig::zstd)
endif()
if(NOT TARGET OpenSSL::Crypto)
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
endif()
if(NOT TARGET PkgConfig::pcre2)
  pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET GLOBAL libpcre2-8)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
  find_package(nlohmann_json 3.11 REQUIRED)
endif()

if(NOT TARGET Boost::headers)
  find_package(Boost 1.74 REQUIRED)  # headers only: replayer/front
endif()

if(REPRISE_BUILD_PROGRAM)
  # For the importers only: recorder/importers/yaml_text.cc and gzip.cc.
  pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
  find_package(ZLIB REQUIRED)
endif()
