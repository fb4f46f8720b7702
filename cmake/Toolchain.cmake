# Language level, warnings, build speed and sanitizers: everything that holds for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Checks that guard data stay on in every build (engine/base/check.h), so Release may define NDEBUG.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
# Twice as quick to build as -O1, which counts with sanitizers.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -fno-omit-frame-pointer")

add_library(hydrant_options INTERFACE)
target_include_directories(hydrant_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(hydrant_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives inside coroutine frames and std::string at -O2.
  target_compile_options(hydrant_options INTERFACE -fcoroutines -Wno-mismatched-new-delete -Wno-restrict)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(HYDRANT_SANITIZE)
  add_compile_options(-fsanitize=${HYDRANT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HYDRANT_SANITIZE})
  if(HYDRANT_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # function: clang 14 can't compile coroutines with it ("Cannot represent a difference across sections").
    # vptr: it looks at memory through a pipe, and takes good objects for bad ones when descriptors have run out.
    add_compile_options(-fno-sanitize=function,vptr)
  endif()
endif()
