# Run at every build: writes generated/app/git_revision.h, only when the revision changed.
#   cmake -DSOURCE_DIR=… -DOUTPUT=… -P GitRevision.cmake
cmake_policy(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision unknown)  # a source archive
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define HYDRANT_GIT_REVISION \"@revision@\"\n" @ONLY)
