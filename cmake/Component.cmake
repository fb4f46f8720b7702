# A folder is a component. Its files say what they are by their names:
#   x.cc        code                       x_test.cc   unit tests (one executable a folder)
#   x_bench.cc  Google Benchmark           x_fuzz.cc   one libFuzzer target each
#
#   add_engine_module(log)   engine/log, part of the hydrant_engine library
#   add_source(http_lines)   sources/http_lines  }  its own library, and a row in the table of
#   add_transform(delimiter) transforms/…        }  component specs: `kSpec` of namespace
#   add_sink(s3)             sinks/s3            }  hydrant::<name>, declared in engine/component.h
include(GoogleTest OPTIONAL)

function(_hydrant_split_files dir)
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cc)
  foreach(kind test bench fuzz)
    set(${kind} ${sources})
    list(FILTER ${kind} INCLUDE REGEX "_${kind}\\.cc$")
    set(${kind}_files ${${kind}} PARENT_SCOPE)
  endforeach()
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  set(code_files ${sources} PARENT_SCOPE)
  # Where there is a fuzzer, tests are long, too: code is quick with any sanitizer, and tells libFuzzer what was
  # covered. Elsewhere that would only cost time.
  if(HYDRANT_SANITIZE AND fuzz)
    set_source_files_properties(${sources} PROPERTIES
      COMPILE_OPTIONS "-O1;$<$<BOOL:${HYDRANT_FUZZERS}>:-fsanitize=fuzzer-no-link>")
  endif()
endfunction()

# Tests, benches and fuzzers of one folder, linked against `libraries`.
function(_hydrant_add_checks name libraries)
  if(HYDRANT_TESTS AND test_files)
    add_executable(${name}_test ${test_files})
    target_link_libraries(${name}_test PRIVATE ${libraries} hydrant_testing GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
  if(HYDRANT_BENCHES AND bench_files)
    add_executable(${name}_bench ${bench_files})
    target_link_libraries(${name}_bench PRIVATE ${libraries} hydrant_testing benchmark::benchmark benchmark::benchmark_main)
    add_test(NAME ${name}_bench COMMAND ${name}_bench --benchmark_min_time=0.01)
  endif()
  if(HYDRANT_FUZZERS)
    foreach(file ${fuzz_files})
      get_filename_component(fuzzer ${file} NAME_WE)
      add_executable(${fuzzer} ${file})
      target_link_libraries(${fuzzer} PRIVATE ${libraries})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY HYDRANT_FUZZER_TARGETS ${fuzzer})
    endforeach()
  endif()
endfunction()

function(add_engine_module name)
  _hydrant_split_files(${CMAKE_SOURCE_DIR}/engine/${name})
  target_sources(hydrant_engine PRIVATE ${code_files})
  string(REPLACE "/" "_" flat ${name})
  _hydrant_add_checks(engine_${flat} hydrant_engine)
endfunction()

function(_hydrant_add_component kind name)
  _hydrant_split_files(${CMAKE_SOURCE_DIR}/${kind}s/${name})
  set(target hydrant_${kind}_${name})
  add_library(${target} STATIC ${code_files})
  target_link_libraries(${target} PUBLIC hydrant_engine)
  _hydrant_add_checks(${kind}_${name} ${target})
  set_property(GLOBAL APPEND PROPERTY HYDRANT_${kind}_NAMES ${name})
endfunction()
function(add_source name)
  _hydrant_add_component(source ${name})
endfunction()
function(add_transform name)
  _hydrant_add_component(transform ${name})
endfunction()
function(add_sink name)
  _hydrant_add_component(sink ${name})
endfunction()

# Writes the table that names each registered component's spec and builds it into `hydrant_<kind>s`.
# A table, not static initialisers: linkers drop those from static libraries, and embedders link us statically.
function(hydrant_component_table kind spec_type)
  get_property(names GLOBAL PROPERTY HYDRANT_${kind}_NAMES)
  set(declarations "")
  set(rows "")
  set(libraries "")
  foreach(name ${names})
    string(APPEND declarations "namespace ${name} { extern const ${spec_type} kSpec; }\n")
    string(APPEND rows "      &${name}::kSpec,\n")
    list(APPEND libraries hydrant_${kind}_${name})
  endforeach()
  set(HYDRANT_TABLE_DECLARATIONS "${declarations}")
  set(HYDRANT_TABLE_ROWS "${rows}")
  set(HYDRANT_TABLE_TYPE ${spec_type})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/component_table.cc.in ${CMAKE_BINARY_DIR}/generated/${kind}_table.cc @ONLY)
  add_library(hydrant_${kind}s STATIC ${CMAKE_BINARY_DIR}/generated/${kind}_table.cc)
  target_link_libraries(hydrant_${kind}s PUBLIC hydrant_engine ${libraries})
endfunction()
