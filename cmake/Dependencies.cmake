# Third-party libraries, found once. scripts/deps installs them; docs/decisions says why each was chosen.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(absl REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Snappy REQUIRED)
find_package(CAF 0.17.6 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)
if(HYDRANT_TESTS)
  find_package(GTest REQUIRED)
endif()
if(HYDRANT_BENCHES)
  find_package(benchmark REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

add_library(hydrant_third_party INTERFACE)
target_link_libraries(hydrant_third_party INTERFACE
  Threads::Threads OpenSSL::SSL OpenSSL::Crypto CURL::libcurl ZLIB::ZLIB simdjson::simdjson
  yaml-cpp spdlog::spdlog nlohmann_json::nlohmann_json Snappy::snappy
  PkgConfig::ISAL PkgConfig::DEFLATE PkgConfig::RE2 PkgConfig::ZSTD Boost::headers
  absl::status absl::statusor absl::time absl::strings absl::str_format absl::cleanup absl::cord
  absl::flat_hash_map absl::flat_hash_set absl::synchronization)
# Asio and Beast are compiled once, in engine/io/asio_impl.cc, instead of in every file that names them.
target_compile_definitions(hydrant_third_party INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
